using Semel.Protocol;

namespace Semel.Client.Administration;

/// <summary>What can be done where a broker does not offer a request. Pure.</summary>
internal static class NotOfferedRemedy
{
    public static string Of(ApiKey api) => api switch
    {
        ApiKey.CreatePartitions => "Make a topic with as many partitions as are needed, or ask a broker that can add some",
        ApiKey.IncrementalAlterConfigs => "Give the values when the topic is made or the broker is started, or ask a broker that can change them",
        ApiKey.DescribeProducers or ApiKey.DescribeTransactions or ApiKey.ListTransactions or ApiKey.WriteTxnMarkers => "Brokers have it from Apache Kafka 3.0 on",
        ApiKey.OffsetDelete => "Brokers have it from Apache Kafka 2.4 on",
        _ => "Ask a newer broker",
    };
}
