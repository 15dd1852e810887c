package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cloudwego/thriftgo/parser"
	"github.com/getkin/kin-openapi/openapi3"
)

const root = "../.."

// doors are the idl files in the order of the Makefile.
func doors(t *testing.T) []string {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(makefile)) {
		if names, ok := strings.CutPrefix(line, "DOORS  := "); ok {
			var files []string
			for name := range strings.FieldsSeq(names) {
				files = append(files, filepath.Join(root, "idl", name+".thrift"))
			}
			return files
		}
	}
	t.Fatal("the Makefile names no doors")
	return nil
}

// What is committed is what the idl says; `make gen` brings it up to date.
func TestRun_gives_what_is_committed(t *testing.T) {
	t.Parallel()
	out, labels := filepath.Join(t.TempDir(), "openapi.json"), filepath.Join(t.TempDir(), "labels.go")
	if err := run(out, labels, doors(t)); err != nil {
		t.Fatal(err)
	}
	for made, committed := range map[string]string{out: "handler/docs/openapi.json", labels: "handler/bind/labels.go"} {
		got, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(root, committed))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run make gen", committed)
		}
	}
}

func TestEvery_idl_file_is_generated(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "idl", "*.thrift"))
	if err != nil {
		t.Fatal(err)
	}
	known := doors(t)
	for _, f := range files {
		if filepath.Base(f) != "view.thrift" && !slices.Contains(known, f) { // view is included by the others
			t.Errorf("%s is not among the Makefile's DOORS", f)
		}
	}
}

// write makes an idl file of one service.
func write(t *testing.T, structs, service string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.thrift")
	text := "namespace go x\nstruct A {1: required string a // 甲\n}\n" + structs + "\n// 试\nservice X {\n" + service + "\n} (doc.auth=\"none\")\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBuilder_refuses_what_it_cannot_say(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ structs, service, says string }{
		"no comment":        {"", `A Get() (api.get="/a")`, "undocumented"},
		"no route":          {"", "// 取\nA Get()", "no route"},
		"unknown fault":     {"", "// 取\nA Get() (api.get=\"/a\", doc.faults=\"not_found nonsense\")", "nonsense"},
		"unknown caller":    {"", "// 取\nA Get() (api.get=\"/a\", doc.auth=\"king\")", "king"},
		"unknown rule":      {`struct R {1: string q (api.vd="hexcolor")}`, "// 送\nA Put(1: R r) (api.put=\"/a\")", "hexcolor"},
		"rule not a number": {`struct R {1: string q (api.vd="max=x")}`, "// 送\nA Put(1: R r) (api.put=\"/a\")", "max=x"},
		"GET with a body":   {`struct R {1: string q}`, "// 取\nA Get(1: R r) (api.get=\"/a\")", "GET has a body"},
		"bytes of no type":  {"", "// 取\nbinary Get() (api.get=\"/a\")", "doc.produces"},
		"unknown body":      {"", "// 送\nA Put() (api.put=\"/a\", doc.body=\"yaml\")", "doc.body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := parser.ParseFile(write(t, tc.structs, tc.service), nil, true)
			if err != nil {
				t.Fatal(err)
			}
			if err := newBuilder().door(file); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("err = %v, want %q in it", err, tc.says)
			}
		})
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	text := openapi3.NewStringSchema()
	if err := rules(text, "required,max=40"); err != nil || text.MinLength != 1 || *text.MaxLength != 40 {
		t.Errorf("text: %+v, %v", text, err)
	}
	words := openapi3.NewStringSchema()
	if err := rules(words, "omitempty,oneof=online window kiosk"); err != nil || len(words.Enum) != 3 {
		t.Errorf("words: %+v, %v", words, err)
	}
	date := openapi3.NewStringSchema()
	if err := rules(date, "omitempty,datetime=2006-01-02"); err != nil || date.Format != "date" {
		t.Errorf("date: %+v, %v", date, err)
	}
	number := openapi3.NewInt32Schema()
	if err := rules(number, "required,min=1,max=5"); err != nil || *number.Min != 1 || *number.Max != 5 {
		t.Errorf("number: %+v, %v", number, err)
	}
	list := openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())
	if err := rules(list, "required,min=1,max=60,dive,required,len=8"); err != nil || list.MinItems != 1 || *list.MaxItems != 60 ||
		list.Items.Value.MinLength != 8 || *list.Items.Value.MaxLength != 8 || list.MinLength != 0 {
		t.Errorf("list: %+v, %v", list, err)
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	if got := comment("// 预约。\n  // 现场取号的没有时段\n"); got != "预约。\n现场取号的没有时段" {
		t.Errorf("%q", got)
	}
	for text, want := range map[string][2]string{
		"叫号，至多三次": {"叫号", "叫号，至多三次"},
		"大厅":      {"大厅", ""},
		"。空":      {"。空", ""},
	} {
		if summary, description := split(text); summary != want[0] || description != want[1] {
			t.Errorf("%q: %q, %q", text, summary, description)
		}
	}
	for text, want := range map[string]string{
		"送达方式：mail 邮寄": "送达方式", "材料编码": "材料编码", "街道、门牌": "街道、门牌", "边长（像素），默认 300": "边长", "": "",
	} {
		if got := labelOf(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
