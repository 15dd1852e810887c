package model

import "fmt"

// badRow is the error of reference data that contradicts itself. It is shown to whoever maintains the data,
// never to a citizen, and so is no fault.
func badRow(format string, args ...any) error { return fmt.Errorf(format, args...) }
