// Command openapi makes the OpenAPI document from the idl files: the same source as the routers and the
// types, so that the document cannot say anything else. It also writes the Chinese names of request fields,
// which package bind uses in its messages. Two runs give the same bytes.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cloudwego/thriftgo/parser"
	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	out := flag.String("out", "handler/docs/openapi.json", "where the document goes")
	labels := flag.String("labels", "handler/bind/labels.go", "where the names of request fields go")
	flag.Parse()
	if err := run(*out, *labels, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(out, labels string, idls []string) error {
	b := newBuilder()
	for _, idl := range idls {
		file, err := parser.ParseFile(idl, nil, true)
		if err != nil {
			return err
		}
		if err := b.door(file); err != nil {
			return fmt.Errorf("%s: %w", idl, err)
		}
	}
	raw, err := finish(b.doc)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, raw, 0o644); err != nil {
		return err
	}
	source, err := b.labelSource()
	if err != nil {
		return err
	}
	return os.WriteFile(labels, source, 0o644)
}

// finish validates the document and writes it with one line for each path and schema: small, and a change
// of the contract shows in a diff as the lines that it touches.
func finish(doc *openapi3.T) ([]byte, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	read, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	if err := read.Validate(context.Background()); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := lines(&out, raw, 0); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// broken are the keys whose objects are written over several lines; all else is one line.
var broken = map[string]bool{"paths": true, "components": true, "schemas": true}

func lines(out *bytes.Buffer, raw json.RawMessage, depth int) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return err
	}
	out.WriteString("{\n")
	for i, key := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			out.WriteString(",\n")
		}
		fmt.Fprintf(out, "%s%q: ", strings.Repeat("  ", depth+1), key)
		if !broken[key] {
			out.Write(object[key])
		} else if err := lines(out, object[key], depth+1); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\n%s}", strings.Repeat("  ", depth))
	return nil
}
