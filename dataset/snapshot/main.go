// Command snapshot writes dataset/snapshot.json: go generate ./dataset, after the YAML or CSV files or the
// types that they are read into have changed.
package main

import (
	"log"
	"os"

	"kuacheng/dataset"
)

func main() {
	text, err := dataset.Snapshot(os.DirFS("."))
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("snapshot.json", text, 0o644); err != nil {
		log.Fatal(err)
	}
}
