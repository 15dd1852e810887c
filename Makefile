# Kuacheng. `make` lists the targets.

MODULE := kuacheng
TOOLS  := .tools
# The doors, one idl file each, in the order in which they are generated.
DOORS  := citizen privacy staff counter desk supervise ledger bureau trust signal kiosk accord plan policy credit editor organisation personnel callbacks public sandbox operations
HZ     := hz update --module $(MODULE) --handler_dir handler --model_dir model/api \
          --sort_router --snake_tag --rm_tag form --rm_tag query \
          --customize_package idl/hz-package.yaml -t template=slim
# What `make gen` writes, and nothing else does.
GENERATED := .hz handler/router model/api handler/docs/openapi.json handler/bind/labels.go dataset/snapshot.json
# The rows that `make bench` measures (http callbacks rush tasks ledger rest); empty is all.
BENCH ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-8s %s\n", $$1, $$2}'

.PHONY: run
run: ## start the server with the sandbox, on embedded defaults, data in ./data
	go run . serve --sandbox

.PHONY: demo
demo: ## play the whole journey against a server of its own
	go run . demo

.PHONY: demo-fleet
demo-fleet: ## the same on a real Redis and a MongoDB (or its stand-in; see .ci/fleet)
	.ci/fleet

.PHONY: test
test: ## all tests, with the race detector
	go test -race -timeout 20m ./...

.PHONY: soak
soak: ## 100,000 couriers' callbacks through two processes on one store; SOAK=n sends another number
	KUACHENG_TEST_SOAK=$(or $(SOAK),100000) go test -count=1 -timeout 90m -run '^TestSoak$$' -v ./e2e

.PHONY: bench
bench: ## measure what is promised beside the raw thing, one table; BENCH=rows chooses (http callbacks rush tasks ledger rest)
	go run ./bench $(BENCH)

.PHONY: bench-go
bench-go: ## the packages' own benchmarks; BENCH=regexp chooses
	go test -run '^$$' -bench '$(or $(BENCH),.)' -benchmem ./...

# hz looks for thriftgo on PATH, so both are built from go.mod's tool lines into one folder.
$(TOOLS)/hz: go.mod
	@mkdir -p $(TOOLS)
	go build -o $(TOOLS)/ github.com/cloudwego/hertz/cmd/hz github.com/cloudwego/thriftgo
	@touch $@

.PHONY: gen
gen: $(TOOLS)/hz ## generate routers, types and the OpenAPI document from idl/
	rm -rf handler/router model/api/*/
	for door in $(DOORS); do PATH="$(CURDIR)/$(TOOLS):$$PATH" $(HZ) --idl idl/$$door.thrift || exit 1; done
	go run ./idl/openapi $(DOORS:%=idl/%.thrift)
	go generate ./dataset

.PHONY: lint
lint: gen ## gofmt, go vet, staticcheck, and whether the generated code is current
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "gofmt: $$out"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	@git diff --exit-code -- $(GENERATED) && test -z "$$(git ls-files --others --exclude-standard -- $(GENERATED))" \
		|| { echo 'generated code is not current: run make gen and commit'; exit 1; }
