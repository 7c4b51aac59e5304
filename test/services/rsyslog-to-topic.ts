/** rsyslog as a shipper: it follows a file and writes each line to a topic. */
import type { Kafka } from '../../scripts/services/kafka/kafka.ts'

/** The configuration that sends the lines of a file to a topic. */
export const rsyslogToTopic = (file: string, topic: string, { bootstrap }: Pick<Kafka, 'bootstrap'>): string => `
  module(load="imfile")
  module(load="omkafka")
  template(name="line" type="string" string="%msg%")
  input(type="imfile" file="${file}" tag="access" ruleset="to-kafka")
  ruleset(name="to-kafka") {
    action(type="omkafka" broker=["${bootstrap}"] topic="${topic}" template="line")
  }`
