namespace Semel.Compat.Confluent.Admin;

/// <summary>A group, by name.</summary>
public class ConsumerGroupListing
{
    public bool IsSimpleConsumerGroup { get; set; }
    public ConsumerGroupState State { get; set; }
    public ConsumerGroupType Type { get; set; }
    public string GroupId { get; set; }
}

/// <summary>How listing groups is carried out.</summary>
public class ListConsumerGroupsOptions
{
    public IEnumerable<ConsumerGroupState> MatchStates { get; set; }
    public IEnumerable<ConsumerGroupType> MatchTypes { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of listing groups ended.</summary>
public class ListConsumerGroupsReport
{
    public List<ConsumerGroupListing> Valid { get; set; }
    public List<Error> Errors { get; set; }
}

/// <summary>What listing groups gave.</summary>
public class ListConsumerGroupsResult
{
    public List<ConsumerGroupListing> Valid { get; set; }
}

/// <summary>A part of listing groups failed: the results say which.</summary>
public class ListConsumerGroupsException : KafkaException
{
    public ListConsumerGroupsException(ListConsumerGroupsReport report)
        : base(Partial.Error("listing groups", report.Errors.Select(static error => ("broker", error)))) => Results = report;

    public ListConsumerGroupsReport Results { get; }
}

/// <summary>What a member reads.</summary>
public class MemberAssignment
{
    public List<TopicPartition> TopicPartitions { get; set; }
}

/// <summary>A member of a group.</summary>
public class MemberDescription
{
    public MemberAssignment Assignment { get; set; }
    public MemberAssignment TargetAssignment { get; set; }
    public string ClientId { get; set; }
    public string ConsumerId { get; set; }
    public string GroupInstanceId { get; set; }
    public string Host { get; set; }
}

/// <summary>A group as its coordinator knows it.</summary>
public class ConsumerGroupDescription
{
    public bool IsSimpleConsumerGroup { get; set; }
    public ConsumerGroupState State { get; set; }
    public ConsumerGroupType GroupType { get; set; }
    public Error Error { get; set; }
    public Node Coordinator { get; set; }
    public List<AclOperation> AuthorizedOperations { get; set; }
    public List<MemberDescription> Members { get; set; }
    public string GroupId { get; set; }
    public string PartitionAssignor { get; set; }
}

/// <summary>How describing groups is carried out.</summary>
public class DescribeConsumerGroupsOptions
{
    public bool IncludeAuthorizedOperations { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of describing groups ended.</summary>
public class DescribeConsumerGroupsReport
{
    public List<ConsumerGroupDescription> ConsumerGroupDescriptions { get; set; }
}

/// <summary>What describing groups gave.</summary>
public class DescribeConsumerGroupsResult
{
    public List<ConsumerGroupDescription> ConsumerGroupDescriptions { get; set; }
}

/// <summary>A part of describing groups failed: the results say which.</summary>
public class DescribeConsumerGroupsException : KafkaException
{
    public DescribeConsumerGroupsException(DescribeConsumerGroupsReport results)
        : base(Partial.Error("describing groups", results.ConsumerGroupDescriptions.Select(static group => (group.GroupId, group.Error)))) => Results = results;

    public DescribeConsumerGroupsReport Results { get; }
}

/// <summary>How listing offsets of groups is carried out.</summary>
public class ListConsumerGroupOffsetsOptions
{
    public bool RequireStableOffsets { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of listing offsets of groups ended.</summary>
public class ListConsumerGroupOffsetsReport
{
    public Error Error { get; set; }
    public List<TopicPartitionOffsetError> Partitions { get; set; }
    public string Group { get; set; }
}

/// <summary>What listing offsets of groups gave.</summary>
public class ListConsumerGroupOffsetsResult
{
    public List<TopicPartitionOffsetError> Partitions { get; set; }
    public string Group { get; set; }
}

/// <summary>A part of listing offsets of groups failed: the results say which.</summary>
public class ListConsumerGroupOffsetsException : KafkaException
{
    public ListConsumerGroupOffsetsException(List<ListConsumerGroupOffsetsReport> results)
        : base(Partial.Error("listing offsets of groups", results.Select(static report => (report.Group, report.Error)))) => Results = results;

    public List<ListConsumerGroupOffsetsReport> Results { get; }
}

/// <summary>How altering offsets of groups is carried out.</summary>
public class AlterConsumerGroupOffsetsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of altering offsets of groups ended.</summary>
public class AlterConsumerGroupOffsetsReport
{
    public Error Error { get; set; }
    public List<TopicPartitionOffsetError> Partitions { get; set; }
    public string Group { get; set; }
}

/// <summary>What altering offsets of groups gave.</summary>
public class AlterConsumerGroupOffsetsResult
{
    public List<TopicPartitionOffsetError> Partitions { get; set; }
    public string Group { get; set; }
}

/// <summary>A part of altering offsets of groups failed: the results say which.</summary>
public class AlterConsumerGroupOffsetsException : KafkaException
{
    public AlterConsumerGroupOffsetsException(List<AlterConsumerGroupOffsetsReport> results)
        : base(Partial.Error("altering offsets of groups", results.Select(static report => (report.Group, report.Error)))) => Results = results;

    public List<AlterConsumerGroupOffsetsReport> Results { get; }
}

/// <summary>How deleting offsets of a group is carried out.</summary>
public class DeleteConsumerGroupOffsetsOptions
{
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of deleting offsets of a group ended.</summary>
public class DeleteConsumerGroupOffsetsReport
{
    public Error Error { get; set; }
    public List<TopicPartitionOffsetError> Partitions { get; set; }
    public string Group { get; set; }
}

/// <summary>What deleting offsets of a group gave.</summary>
public class DeleteConsumerGroupOffsetsResult
{
    public List<TopicPartition> Partitions { get; set; }
    public string Group { get; set; }
}

/// <summary>A part of deleting offsets of a group failed: the results say which.</summary>
public class DeleteConsumerGroupOffsetsException : KafkaException
{
    public DeleteConsumerGroupOffsetsException(DeleteConsumerGroupOffsetsReport result)
        : base(Partial.Error("deleting offsets of a group",
        [(result.Group, result.Error), .. result.Partitions.Select(static partition => ($"{partition.TopicPartition}", partition.Error))])) => Result = result;

    public DeleteConsumerGroupOffsetsReport Result { get; }
}

/// <summary>How deleting groups is carried out.</summary>
public class DeleteGroupsOptions
{
    /// <summary>How long brokers may take over it; within the request's time-out here.</summary>
    public TimeSpan? OperationTimeout { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of deleting groups ended.</summary>
public class DeleteGroupReport
{
    public Error Error { get; set; }
    public string Group { get; set; }
}

/// <summary>A part of deleting groups failed: the results say which.</summary>
public class DeleteGroupsException : KafkaException
{
    public DeleteGroupsException(List<DeleteGroupReport> results)
        : base(Partial.Error("deleting groups", results.Select(static report => (report.Group, report.Error)))) => Results = results;

    public List<DeleteGroupReport> Results { get; }
}
