namespace Semel.Client.Transacting.Sending;

/// <summary>What an answer says of each partition that was asked about. One that it leaves out is answered by nobody.</summary>
internal static class PartitionCodes
{
    public static CoordinatorAnswer Answer(IEnumerable<TopicPartition> asked, IEnumerable<(TopicPartition Partition, ErrorCode Code)> told)
    {
        var codes = new Dictionary<TopicPartition, ErrorCode>();
        foreach (var (partition, code) in told) codes[partition] = code;
        return CoordinatorAnswer.Of(ErrorCode.None) with
        {
            Partitions = [.. asked.Select(partition => new PartitionCode(partition, codes.GetValueOrDefault(partition, ErrorCode.UnknownServerError)))],
        };
    }
}
