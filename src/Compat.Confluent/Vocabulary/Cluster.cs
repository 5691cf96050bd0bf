using System.Text;

namespace Semel.Compat.Confluent;

/// <summary>A broker of the cluster.</summary>
public class BrokerMetadata
{
    public BrokerMetadata(int brokerId, string host, int port)
    {
        BrokerId = brokerId;
        Host = host;
        Port = port;
    }

    public int BrokerId { get; }
    public string Host { get; }
    public int Port { get; }

    public override string ToString() => $"{{ \"BrokerId\": {BrokerId}, \"Host\": \"{Host}\", \"Port\": {Port} }}";
}

/// <summary>A partition as the cluster sees it.</summary>
public class PartitionMetadata
{
    public PartitionMetadata(int partitionId, int leader, int[] replicas, int[] inSyncReplicas, Error error)
    {
        PartitionId = partitionId;
        Leader = leader;
        Replicas = replicas;
        InSyncReplicas = inSyncReplicas;
        Error = error;
    }

    public int PartitionId { get; }
    /// <summary>-1 while there is none.</summary>
    public int Leader { get; }
    public int[] Replicas { get; }
    public int[] InSyncReplicas { get; }
    public Error Error { get; }

    public override string ToString() =>
        $"{{ \"PartitionId\": {PartitionId}, \"Leader\": {Leader}, \"Replicas\": {Text.List(Replicas)}, \"InSyncReplicas\": {Text.List(InSyncReplicas)}, \"Error\": \"{Error.Code}\" }}";
}

/// <summary>A topic as the cluster sees it.</summary>
public class TopicMetadata
{
    public TopicMetadata(string topic, List<PartitionMetadata> partitions, Error error)
    {
        Topic = topic;
        Partitions = partitions;
        Error = error;
    }

    public string Topic { get; }
    public List<PartitionMetadata> Partitions { get; }
    public Error Error { get; }

    public override string ToString() => $"{{ \"Topic\": \"{Topic}\", \"Partitions\": {Text.List(Partitions)}, \"Error\": \"{Error.Code}\" }}";
}

/// <summary>Brokers and topics, by one broker's word.</summary>
public class Metadata
{
    public Metadata(List<BrokerMetadata> brokers, List<TopicMetadata> topics, int originatingBrokerId, string originatingBrokerName)
    {
        Brokers = brokers;
        Topics = topics;
        OriginatingBrokerId = originatingBrokerId;
        OriginatingBrokerName = originatingBrokerName;
    }

    public List<BrokerMetadata> Brokers { get; }
    public List<TopicMetadata> Topics { get; }
    public int OriginatingBrokerId { get; }
    public string OriginatingBrokerName { get; }

    public override string ToString() =>
        $"{{ \"OriginatingBrokerId\": {OriginatingBrokerId}, \"OriginatingBrokerName\": \"{OriginatingBrokerName}\", \"Brokers\": {Text.List(Brokers)}, \"Topics\": {Text.List(Topics)} }}";
}

/// <summary>A member of a group.</summary>
public class GroupMemberInfo
{
    public GroupMemberInfo(string memberId, string clientId, string clientHost, byte[] memberMetadata, byte[] memberAssignment)
    {
        MemberId = memberId;
        ClientId = clientId;
        ClientHost = clientHost;
        MemberMetadata = memberMetadata;
        MemberAssignment = memberAssignment;
    }

    public string MemberId { get; }
    public string ClientId { get; }
    public string ClientHost { get; }
    public byte[] MemberMetadata { get; }
    public byte[] MemberAssignment { get; }
}

/// <summary>A group.</summary>
public class GroupInfo
{
    public GroupInfo(BrokerMetadata broker, string group, Error error, string state, string protocolType, string protocol, List<GroupMemberInfo> members)
    {
        Broker = broker;
        Group = group;
        Error = error;
        State = state;
        ProtocolType = protocolType;
        Protocol = protocol;
        Members = members;
    }

    /// <summary>Its coordinator.</summary>
    public BrokerMetadata Broker { get; }
    public string Group { get; }
    public Error Error { get; }
    public string State { get; }
    public string ProtocolType { get; }
    public string Protocol { get; }
    public List<GroupMemberInfo> Members { get; }
}

/// <summary>A broker and where it stands.</summary>
public class Node
{
    public int Id { get; set; }
    public string Host { get; set; }
    public int Port { get; set; }
    /// <summary>Null when it has none.</summary>
    public string Rack { get; set; }

    public override string ToString() => $"Node(Id={Id}, Host={Host}, Port={Port}, Rack={Rack ?? "null"})";
}

/// <summary>A partition with its brokers.</summary>
public class TopicPartitionInfo
{
    public int Partition { get; set; }
    /// <summary>Null while there is none.</summary>
    public Node Leader { get; set; }
    public List<Node> Replicas { get; set; }
    public List<Node> ISR { get; set; }
}

/// <summary>Which topics are meant.</summary>
public class TopicCollection
{
    TopicCollection(IEnumerable<string> topics) => Topics = [.. topics];

    internal IReadOnlyList<string> Topics { get; }

    public static TopicCollection OfTopicNames(IEnumerable<string> topics) => new(topics);
}

static class Text
{
    public static string List<T>(IReadOnlyCollection<T> items) => items.Count == 0 ? "[ ]"
        : new StringBuilder("[ ").AppendJoin(", ", items).Append(" ]").ToString();
}
