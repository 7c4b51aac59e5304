/** What `/api/v1/status` and the events of `/api/v1/events` are, for the pages of the dashboard, which import types from here only. */
export type {
  AlertStatus,
  GroupStatus,
  HeldBy,
  JobStatus,
  PartitionStatus,
  PartTrouble,
  PipelineStatus,
  PlaceStatus,
  QueryStatus,
  ReportStatus,
  SinkStatus,
  SourceStatus,
  TopicStatus,
} from '../../run/status/status.ts'
