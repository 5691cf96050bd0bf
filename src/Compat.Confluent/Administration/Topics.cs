namespace Semel.Compat.Confluent.Admin;

/// <summary>A topic to be made. Partitions and replication factor of -1 are the brokers' defaults.</summary>
public class TopicSpecification
{
    public Dictionary<int, List<int>> ReplicasAssignments { get; set; }
    public Dictionary<string, string> Configs { get; set; }
    public short ReplicationFactor { get; set; } = -1;
    public int NumPartitions { get; set; } = -1;
    public string Name { get; set; }
}

/// <summary>How creating topics is carried out.</summary>
public class CreateTopicsOptions
{
    /// <summary>Only say whether it could be done.</summary>
    public bool ValidateOnly { get; set; }
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of creating topics ended.</summary>
public class CreateTopicReport
{
    public Error Error { get; set; }
    public string Topic { get; set; }
}

/// <summary>A part of creating topics failed: the results say which.</summary>
public class CreateTopicsException : KafkaException
{
    public CreateTopicsException(List<CreateTopicReport> results)
        : base(Partial.Error("creating topics", results.Select(static report => (report.Topic, report.Error)))) => Results = results;

    public List<CreateTopicReport> Results { get; }
}

/// <summary>How deleting topics is carried out.</summary>
public class DeleteTopicsOptions
{
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of deleting topics ended.</summary>
public class DeleteTopicReport
{
    public Error Error { get; set; }
    public string Topic { get; set; }
}

/// <summary>A part of deleting topics failed: the results say which.</summary>
public class DeleteTopicsException : KafkaException
{
    public DeleteTopicsException(List<DeleteTopicReport> results)
        : base(Partial.Error("deleting topics", results.Select(static report => (report.Topic, report.Error)))) => Results = results;

    public List<DeleteTopicReport> Results { get; }
}

/// <summary>A topic that is to have more partitions.</summary>
public class PartitionsSpecification
{
    public int IncreaseTo { get; set; }
    public List<List<int>> ReplicaAssignments { get; set; }
    public string Topic { get; set; }
}

/// <summary>How creating partitions is carried out.</summary>
public class CreatePartitionsOptions
{
    /// <summary>Only say whether it could be done.</summary>
    public bool ValidateOnly { get; set; }
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of creating partitions ended.</summary>
public class CreatePartitionsReport
{
    public Error Error { get; set; }
    public string Topic { get; set; }
}

/// <summary>A part of creating partitions failed: the results say which.</summary>
public class CreatePartitionsException : KafkaException
{
    public CreatePartitionsException(List<CreatePartitionsReport> results)
        : base(Partial.Error("creating partitions", results.Select(static report => (report.Topic, report.Error)))) => Results = results;

    public List<CreatePartitionsReport> Results { get; }
}

/// <summary>A topic as the cluster sees it.</summary>
public class TopicDescription
{
    public bool IsInternal { get; set; }
    public Error Error { get; set; }
    public Uuid TopicId { get; set; }
    public List<AclOperation> AuthorizedOperations { get; set; }
    public List<TopicPartitionInfo> Partitions { get; set; }
    public string Name { get; set; }
}

/// <summary>How describing topics is carried out.</summary>
public class DescribeTopicsOptions
{
    public bool IncludeAuthorizedOperations { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of describing topics ended.</summary>
public class DescribeTopicsReport
{
    public List<TopicDescription> TopicDescriptions { get; set; }
}

/// <summary>What describing topics gave.</summary>
public class DescribeTopicsResult
{
    public List<TopicDescription> TopicDescriptions { get; set; }
}

/// <summary>A part of describing topics failed: the results say which.</summary>
public class DescribeTopicsException : KafkaException
{
    public DescribeTopicsException(DescribeTopicsReport results)
        : base(Partial.Error("describing topics", results.TopicDescriptions.Select(static topic => (topic.Name, topic.Error)))) => Results = results;

    public DescribeTopicsReport Results { get; }
}

/// <summary>How deleting records is carried out.</summary>
public class DeleteRecordsOptions
{
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of deleting records ended.</summary>
public class DeleteRecordsReport
{
    public Error Error { get; set; }
    public Offset Offset { get; set; }
    public Partition Partition { get; set; }
    public string Topic { get; set; }
}

/// <summary>What deleting records gave.</summary>
public class DeleteRecordsResult
{
    public Offset Offset { get; set; }
    public Partition Partition { get; set; }
    public string Topic { get; set; }
}

/// <summary>A part of deleting records failed: the results say which.</summary>
public class DeleteRecordsException : KafkaException
{
    public DeleteRecordsException(List<DeleteRecordsReport> results)
        : base(Partial.Error("deleting records", results.Select(static report => ($"{report.Topic} [{report.Partition}]", report.Error)))) => Results = results;

    public List<DeleteRecordsReport> Results { get; }
}

/// <summary>Which offset of a partition is asked for.</summary>
public class TopicPartitionOffsetSpec
{
    public OffsetSpec OffsetSpec { get; set; }
    public TopicPartition TopicPartition { get; set; }
}

/// <summary>How listing offsets is carried out.</summary>
public class ListOffsetsOptions
{
    public IsolationLevel IsolationLevel { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of listing offsets ended.</summary>
public class ListOffsetsReport
{
    public Error Error { get; set; }
    public List<ListOffsetsResultInfo> ResultInfos { get; set; }
}

/// <summary>What listing offsets gave.</summary>
public class ListOffsetsResult
{
    public List<ListOffsetsResultInfo> ResultInfos { get; set; }
}

/// <summary>Where something was found in a partition.</summary>
public class ListOffsetsResultInfo
{
    public TopicPartitionOffsetError TopicPartitionOffsetError { get; set; }
    public long Timestamp { get; set; }
}

/// <summary>A part of listing offsets failed: the results say which.</summary>
public class ListOffsetsException : KafkaException
{
    public ListOffsetsException(ListOffsetsReport result)
        : base(Partial.Error("listing offsets", result.ResultInfos.Select(static info => ($"{info.TopicPartitionOffsetError.TopicPartition}",
        info.TopicPartitionOffsetError.Error)))) => Result = result;

    public ListOffsetsReport Result { get; }
}

/// <summary>How electing leaders is carried out.</summary>
public class ElectLeadersOptions
{
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of electing leaders ended.</summary>
public class ElectLeadersReport
{
    public List<TopicPartitionError> TopicPartitions { get; set; }
}

/// <summary>What electing leaders gave.</summary>
public class ElectLeadersResult
{
    public List<TopicPartitionError> TopicPartitions { get; set; }
}

/// <summary>A part of electing leaders failed: the results say which.</summary>
public class ElectLeadersException : KafkaException
{
    public ElectLeadersException(ElectLeadersReport report)
        : base(Partial.Error("electing leaders", report.TopicPartitions.Select(static partition => ($"{partition.TopicPartition}", partition.Error)))) =>
        Results = report;

    public ElectLeadersReport Results { get; }
}

/// <summary>How describing the cluster is carried out.</summary>
public class DescribeClusterOptions
{
    public bool IncludeAuthorizedOperations { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>What describing the cluster gave.</summary>
public class DescribeClusterResult
{
    public Node Controller { get; set; }
    public List<AclOperation> AuthorizedOperations { get; set; }
    public List<Node> Nodes { get; set; }
    public string ClusterId { get; set; }
}
