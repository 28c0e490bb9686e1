# Every target that a person calls has a line of explanation behind ##.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# The binary is static; one setting for all targets also lets them share what is compiled.
export CGO_ENABLED := 0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)

.PHONY: help
help: ## Explain the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: run
run: build ## Build everything and start Mesher at http://127.0.0.1:8080, data in ./mesher-data
	./bin/mesher serve

.PHONY: build
build: web/dist/index.html ## Build the web app and the binary bin/mesher
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/mesher ./cmd/mesher

.PHONY: web
web: web/dist/index.html ## Build the web app alone

.PHONY: test
test: test-tools build lint ## Install what tests need, then run every test: Go, web, real SDKs, real browser
	MESHER_BINARY=$(CURDIR)/bin/mesher go test -timeout 20m ./...
	cd web && npm test

.PHONY: test-short
test-short: ## Run the Go tests that need no other program
	go test -short ./...

.PHONY: race
race: ## Run the Go tests under the race detector
	CGO_ENABLED=1 go test -race -timeout 30m ./internal/...

.PHONY: lint
lint: web/node_modules/.package-lock.json ## Check formatting, vet, static analysis and types
	@test -z "$$(gofmt -l cmd internal test web/*.go)" || { gofmt -l cmd internal test web/*.go; echo 'run gofmt -w on these files'; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	cd web && npm run check

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 1m) each
	./scripts/fuzz $(or $(FUZZTIME),1m)

.PHONY: generate
generate: ## Write the OpenAPI document and the typed client made from it
	go test ./internal/api -run TestDocumentIsCurrent -update
	cd web && npm run generate

.PHONY: test-tools
test-tools: ## Install what the tests need: PostgreSQL, Chromium, packages of the SDK programs
	./scripts/install-test-tools

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin web/node_modules test/sdk/*/node_modules test/sdk/python/.venv
	find web/dist -mindepth 1 -not -name .stub -delete

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
