// Requests by method per minute, by event time, with Flink SQL: topic IN of raw lines to topic OUT of JSON rows. All of Flink is in
// this one machine, so nothing goes over a network but to Kafka.
//
//   java -cp 'classes:libs/*' WindowedCount BROKER IN OUT PARALLELISM
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.*;

public class WindowedCount {
  public static void main(String[] args) throws Exception {
    Configuration settings = new Configuration();
    settings.setString("parallelism.default", args[3]);
    settings.setString("execution.checkpointing.interval", "10 s");
    settings.setString("pipeline.object-reuse", "true");
    settings.setString("taskmanager.memory.network.min", "64mb");
    settings.setString("taskmanager.memory.network.max", "64mb");
    TableEnvironment flink = TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
    String broker = "'connector' = 'kafka', 'properties.bootstrap.servers' = '" + args[0] + "', ";
    // Cutting fields is faster than a regular expression here. The log's zone is -0400.
    flink.executeSql("CREATE TABLE lines (line STRING,"
        + " ts AS TO_TIMESTAMP(SUBSTRING(SPLIT_INDEX(line, ' ', 3), 2), 'dd/MMM/yyyy:HH:mm:ss') + INTERVAL '4' HOUR,"
        + " http_method AS SUBSTRING(SPLIT_INDEX(line, ' ', 5), 2),"
        + " WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH (" + broker
        + " 'topic' = '" + args[1] + "', 'scan.startup.mode' = 'earliest-offset', 'format' = 'raw')");
    flink.executeSql("CREATE TABLE counts (window_start TIMESTAMP(3), http_method STRING, hits BIGINT) WITH (" + broker
        + " 'topic' = '" + args[2] + "', 'format' = 'json', 'properties.compression.type' = 'lz4')");
    flink.executeSql("INSERT INTO counts SELECT window_start, http_method, COUNT(*)"
        + " FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '60' SECOND)) GROUP BY window_start, window_end, http_method").await();
  }
}
