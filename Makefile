# Each target installs what it needs first. Node 24 comes with `npm ci`, so the system's own may be older.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
LOG ?=
RATE ?=
NAME ?=
ARGS ?=

.PHONY: demo test test-services service jmeter flink-goldens soak bench bench-kafka bench-flink bench-access-log bench-pipelines bench-sinks bench-influxdb bench-dashboard build binary install

install: node_modules/.package-lock.json

node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	touch $@

build: install
	node tools/build.ts

# One file that needs no Node, for machines of this one's kind: build/tailrace.
binary: build
	node tools/binary.ts

# The NASA pipeline, fed through its socket: make demo, or make demo LOG=NASA_access_log_Jul95.gz
demo: build
	node tools/demo.ts '$(LOG)' '$(RATE)'

# What needs no server. Tests run what is built here, as do those of the other tiers.
test: install
	node tools/run-tests.ts unit

# Against real servers, from packages of Maven Central and Debian, and InfluxDB built by Go. What is missing is skipped, and named.
test-services: install
	node tools/run-tests.ts services

# A server to try a pipeline with, until Ctrl-C: make service NAME=kafka (kafka3, hdfs, cassandra, …)
service: install
	@node scripts/services/main.ts $(NAME) $(ARGS)

# Requests by a plan of JMeter: make jmeter ARGS='examples/access-log/load.jmx threads=4 loops=2500'
jmeter: install
	@node scripts/services/jmeter/main.ts $(ARGS)

# Asks a running Flink the random statements of a seed, and keeps its rows for `make test`: make flink-goldens ARGS='800 20261201'
flink-goldens: install
	node test/flink/made/ask.ts $(ARGS)
	node test/flink/tally.ts

# The crash loop for longer: TAILRACE_CRASH_ROUNDS kills, from seed TAILRACE_CRASH_SEED.
soak: install
	TAILRACE_CRASH_ROUNDS=$${TAILRACE_CRASH_ROUNDS:-1000} TAILRACE_ALERT_ROUNDS=$${TAILRACE_ALERT_ROUNDS:-200} \
		node tools/run-tests.ts unit test/crash
	TAILRACE_CRASH_ROUNDS=$${TAILRACE_KAFKA_ROUNDS:-100} TAILRACE_BROKER_KILLS=10 TAILRACE_OUTAGE_MS=60000 TAILRACE_SEEDS=20 \
		node tools/run-tests.ts services kafka-crash kafka-survival kafka-independence
	TAILRACE_FLINK_ROUNDS=$${TAILRACE_FLINK_ROUNDS:-10} node tools/run-tests.ts services flink-run
	TAILRACE_SHARE_ROUNDS=$${TAILRACE_SHARE_ROUNDS:-10} node tools/run-tests.ts services share.test
	TAILRACE_RING=1 node tools/run-tests.ts services cassandra
	TAILRACE_STATEMENTS=2000 TAILRACE_SEED=$${TAILRACE_SEED:-$$(date +%s)} node tools/run-tests.ts services flink-statements
	node bench/soak.ts

bench: install build
	node bench/main.ts

# Sinks beside the plain drivers of their stores.
bench-sinks: install build
	node bench/sinks.ts

# The sink influxdb beside plain posts of ready bytes, and its encoder alone.
bench-influxdb: install build
	node bench/influxdb.ts

# Against Kafka's own tools, Kafka Streams, Flink SQL and Bytewax on one broker; needs Java 17, Maven and Python 3.11.
bench-kafka: install build
	node bench/kafka.ts

# The same statements embedded and on Apache Flink: ARGS="files kafka nexmark", all of them by default; needs Java 17 and Maven.
bench-flink: install build
	node bench/flink.ts $(ARGS)

# How long a request takes through examples/access-log: nginx, three brokers and Cassandra, on this machine.
bench-access-log: install build
	node bench/access-log.ts

# What the server of a run costs it: its start, 200 open streams of events, statements over history.
bench-dashboard: install build
	node bench/dashboard.ts

# The five examples, embedded: the generator alone, as fast as records are taken, and at a rate. ARGS="cluster ip-logs" is one of them on its
# real parts, which are started for it.
bench-pipelines: install build
	node bench/pipelines.ts $(ARGS)
