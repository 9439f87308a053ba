# Passerelle: build, run, prove. `make` lists what there is.
SHELL := bash
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 1

ADDR ?= 127.0.0.1:8080
DATA ?= data/demo
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
TOOL := go tool -modfile=tools/go.mod

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

.PHONY: run
run: build ## build all and start the demonstration at http://127.0.0.1:8080
	bin/passerelle demo -addr $(ADDR) -data $(DATA)

.PHONY: build
build: pages ## bin/passerelle and bin/assign
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

.PHONY: pages
pages: frontend/dist/.built ## the pages' scripts and the desk

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/.built: frontend/node_modules/.installed $(shell find frontend/src frontend/words frontend/public frontend/desk frontend/styles frontend/*.ts frontend/*.json -type f 2>/dev/null)
	cd frontend && npm run --silent build
	@touch $@

.PHONY: test
test: build lint test-go test-pages test-journeys ## everything: Go with the race detector, pages, browser, lint

.PHONY: test-go
test-go: ## Go tests, both engines where the MongoDB-compatible server answers
	@deployments/mongo-test-server/said
	go test -race -timeout 20m ./...

.PHONY: test-pages
test-pages: pages drift ## types, unit tests and words of the pages
	cd frontend && npm run --silent check && npm run --silent test

bin/mailpit: tools/go.mod
	go build -modfile=tools/go.mod -o $@ github.com/axllent/mailpit

.PHONY: test-journeys
test-journeys: build bin/mailpit ## the main job in a real browser
	cd frontend && npm run --silent journeys

.PHONY: quick
quick: ## the inner loop: Go without the race detector, short tests
	go test -short ./...

.PHONY: lint
lint: ## formatting, vet, lint, words
	@test -z "$$(gofmt -l cmd internal pkg frontend/*.go frontend/words)" || { gofmt -l cmd internal pkg frontend/*.go frontend/words; exit 1; }
	go vet ./...
	$(TOOL) golangci-lint run ./...

.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities of what we depend on
	$(TOOL) govulncheck ./...

.PHONY: bench
bench: build ## ratios against a bare handler, and how costs grow
	go build -o bin/bench ./internal/app/bench
	bin/bench -to $(or $(TO),1000000)

.PHONY: bench-round
bench-round: ## a whole round of APPLICATIONS (100,000), each stage beside the bare engine
	PASSERELLE_BENCH_ROUND=$(or $(APPLICATIONS),100000) go test -run '^$$' -bench Round -benchtime 1x -timeout 60m ./internal/matching

.PHONY: bench-peers
bench-peers: ## the solver beside LEMON and scipy, in one run on one core
	go run ./deployments/peers

.PHONY: crash
crash: build ## kill -9 a hundred times during the main job, on both engines
	PASSERELLE_CRASHES=100 go test -count=1 -timeout 60m -run TestCrash ./internal/app

.PHONY: mongo-test-server
mongo-test-server: ## start (or ACTION=stop) the MongoDB-compatible server for the tests
	deployments/mongo-test-server/$(or $(ACTION),start)

.PHONY: generate
generate: frontend/node_modules/.installed ## clients and types from the API description
	@$(MAKE) --no-print-directory generated INTO=frontend/src/api CLIENT=pkg/client/client.gen.go

# Writes what is generated: types into the folder INTO, the Go client as CLIENT.
.PHONY: generated
generated:
	@go run ./cmd/passerelle describe > $(INTO)/openapi.json
	@go run ./cmd/passerelle describe -old > bin/openapi-3.0.json
	@$(TOOL) oapi-codegen -config pkg/client/generate.yaml -o $(CLIENT) bin/openapi-3.0.json
	@cd frontend && npm run --silent generate -- $(abspath $(INTO))

.PHONY: drift
drift: frontend/node_modules/.installed ## what is generated is what is committed
	@mkdir -p bin/drift && $(MAKE) --no-print-directory generated INTO=bin/drift CLIENT=bin/drift/client.gen.go
	@for f in openapi.json types.ts words.ts; do cmp bin/drift/$$f frontend/src/api/$$f || { echo "run make generate"; exit 1; }; done
	@cmp bin/drift/client.gen.go pkg/client/client.gen.go || { echo "run make generate"; exit 1; }
