namespace Semel.Broker.Handlers.Cluster;

/// <summary>What a client may do, as a bit for each operation of Kafka's access control (KIP-430). Nothing is restricted here, so it is everything that applies.</summary>
internal static class AuthorizedOperations
{
    /// <summary>The client did not ask.</summary>
    public const int NotAsked = int.MinValue;

    const int Read = 3, Write = 4, Create = 5, Delete = 6, Alter = 7, Describe = 8, ClusterAction = 9, DescribeConfigs = 10, AlterConfigs = 11, IdempotentWrite = 12;

    public static int OfTopic(bool asked) => asked ? Bits(Read, Write, Create, Delete, Alter, Describe, DescribeConfigs, AlterConfigs) : NotAsked;
    public static int OfCluster(bool asked) => asked ? Bits(Create, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs, IdempotentWrite) : NotAsked;

    public static int OfGroup(bool asked) => asked ? Bits(Read, Delete, Describe, DescribeConfigs, AlterConfigs) : NotAsked;

    static int Bits(params ReadOnlySpan<int> operations)
    {
        var bits = 0;
        foreach (var operation in operations) bits |= 1 << operation;
        return bits;
    }
}
