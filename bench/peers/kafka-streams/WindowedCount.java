// Requests by method per minute, by event time, with Kafka Streams: topic IN of raw lines to topic OUT of JSON rows. A row is put out
// again when its count has grown: the partitions are read at paces so different that windows which close would lose lines. State
// is kept in memory, which is faster than RocksDB.
//
//   java -cp 'classes:libs/*' WindowedCount BROKER IN OUT THREADS
import java.time.*;
import java.util.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.*;

public class WindowedCount {
  static final Duration SIZE = Duration.ofMinutes(1), GRACE = Duration.ofDays(2);

  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench-streams-" + System.currentTimeMillis());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[3]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir") + "/state");
    settings.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, EventTime.class);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "500");
    settings.put("auto.offset.reset", "earliest");
    settings.put("producer.compression.type", "lz4");
    settings.put("producer.linger.ms", "100");
    settings.put("producer.batch.size", "131072");

    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(args[1], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .map((key, line) -> KeyValue.pair(method(line), new byte[0]))
        .groupByKey(Grouped.with("methods", Serdes.String(), Serdes.ByteArray()))
        .windowedBy(TimeWindows.ofSizeAndGrace(SIZE, GRACE))
        .count(Materialized.<String, Long>as(Stores.inMemoryWindowStore("counts", SIZE.plus(GRACE), SIZE, false))
            .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()).withLoggingDisabled())
        .toStream()
        .map((window, hits) -> KeyValue.pair(window.key(), "{\"window_start\":\"" + LocalDateTime.ofInstant(window.window().startTime(), ZoneOffset.UTC)
            + "\",\"http_method\":\"" + window.key() + "\",\"hits\":" + hits + "}"))
        .to(args[2], Produced.with(Serdes.String(), Serdes.String()));

    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      System.exit(1);
      return null;
    });
    streams.start();
  }

  // The bytes between the first quote and the blank behind it.
  static String method(byte[] line) {
    int from = 0;
    while (line[from] != '"') from++;
    int to = ++from;
    while (line[to] != ' ') to++;
    return new String(line, from, to - from, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  // [01/Jul/1995:00:00:01 -0400]
  public static class EventTime implements org.apache.kafka.streams.processor.TimestampExtractor {
    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
    private long day = -1, dayMs;

    public long extract(org.apache.kafka.clients.consumer.ConsumerRecord<Object, Object> record, long before) {
      // Behind the repartition topic the records have their times.
      if (!(record.value() instanceof byte[] line) || line.length == 0) return record.timestamp();
      int at = 0;
      while (line[at] != '[') at++;
      long found = ((long) number(line, at + 8, 4) * 100 + line[at + 4] + line[at + 5] * 3 + line[at + 6] * 7) * 100 + number(line, at + 1, 2);
      if (found != day) {
        day = found;
        int month = MONTHS.indexOf(new String(line, at + 4, 3)) / 3 + 1;
        dayMs = LocalDate.of(number(line, at + 8, 4), month, number(line, at + 1, 2)).toEpochDay() * 86_400_000L;
      }
      int zone = number(line, at + 23, 2) * 60 + number(line, at + 25, 2);
      int seconds = number(line, at + 13, 2) * 3600 + number(line, at + 16, 2) * 60 + number(line, at + 19, 2);
      return dayMs + seconds * 1000L + (line[at + 22] == '-' ? zone : -zone) * 60_000L;
    }

    private static int number(byte[] line, int at, int digits) {
      int value = 0;
      for (int i = 0; i < digits; i++) value = value * 10 + line[at + i] - '0';
      return value;
    }
  }
}
