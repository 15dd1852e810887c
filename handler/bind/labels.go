package bind

var labels = map[string]string{}
