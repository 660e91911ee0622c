# What developers run; .ci/run runs the same.
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
COMPOSE ?= docker compose
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)

.PHONY: build test integration chaos race lint fuzz bench bench-validate bench-pipe check demo image up observe-check down gate

build: ## bin/sluice
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION) -X main.revision=$(REVISION)" -o bin/sluice ./cmd/sluice

test: ## everything; on a real Kafka where Docker answers, else on an embedded one
	go test ./...

integration: ## the scenarios, on a real Kafka or not at all
	SLUICE_INTEGRATION=required go test -v -count=1 ./integration

CHAOS ?= -faults.table ../docs/faults.md
CHAOS_ROWS ?= ^(TestFaults|TestDefect|TestTransactionDefects|TestNormalBuilds|TestKill|TestReloadStorm)
chaos: ## the whole fault programme on a real Kafka, ten minutes; prints its table and writes it into docs/faults.md
	SLUICE_STORM=2m SLUICE_INTEGRATION=required go test -count=1 -timeout 60m -parallel 6 -run '$(CHAOS_ROWS)' ./integration -chaos $(CHAOS)

race: ## the same under the race detector, shuffled
	go test -race -shuffle=on ./...

lint: ## format, vet, linters, module file
	gofmt -l . | tee /dev/stderr | (! grep -q .)
	go vet ./...
	$(GOLANGCI) run
	go mod tidy -diff

FUZZ_SEED ?= 1000000
fuzz: ## the long differential run (ten minutes), then each fuzz target for two
	go test -c -o bin/difftest ./validate/difftest
	cd validate/difftest && ../../bin/difftest -test.run 'TestLong$$' -test.v -test.timeout 0 \
		-difftest.schemas 24000 -difftest.records 525 -difftest.seed $(FUZZ_SEED)
	for target in $$(go test -list '^Fuzz' ./validate/... | grep '^Fuzz' | sort -u); do \
		for package in $$(grep -rl "func $$target(" validate --include '*_test.go' | xargs -n 1 dirname | sort -u); do \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime 2m -fuzzminimizetime 10x ./$$package || exit 1; \
		done; done

bench: ## the service beside a bare copy, on the Kafka that integration finds
	go run ./integration/internal/bench drain
	go run ./integration/internal/bench -rates 10000,50000,100000 latency
	go test -run '^$$' -bench 'Decide|Path|Encode|Scrape' -benchmem ./router/... ./consumer/...

bench-validate: ## the engine beside others on the same records, five minutes
	cd validate/bench && go run . -table

bench-pipe: ## sluice pipe on a gigabyte beside jq and Python
	.ci/bench-pipe

check: build ## the example domains keep their own contracts
	for d in schemas/examples/*/sluice.yaml; do ./bin/sluice check --config $$d || exit 1; done

demo: ## the thirty-second demo
	go run ./cmd/sluice demo --for 10s

image: ## the container image
	docker build -t sluice:dev --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) .

up: image ## the whole system on localhost
	$(COMPOSE) up -d

observe-check: ## the running system is calm, every dashboard has data, and a bad deploy rings (8 minutes)
	go test ./deploy -run TestRunningSystem -count=1 -v -timeout 20m -running localhost:$${SLUICE_COMPOSE_PROMETHEUS_PORT:-9090} \
		-plant "$(COMPOSE) up -d bad-deploy" -mend "$(COMPOSE) rm --stop --force bad-deploy"

down:
	$(COMPOSE) down --volumes

gate: ## all that a change must pass
	.ci/run
