using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Compat.Tests;

/// <summary>Who has which partition of a topic, as the coordinator tells it.</summary>
internal sealed class GroupAssignments(string host, int port)
{
    /// <summary>The partitions of each member of a stable classic group; null while it is not stable.</summary>
    public Dictionary<string, List<int>>? Classic(string group, string topic)
    {
        var described = Ask(new DescribeGroupsRequest { Groups = [new(group)] }, ApiKey.DescribeGroups, 5).Groups[0];
        if (described.GroupState != "Stable") return null;
        return described.Members.ToDictionary(member => member.MemberId, member => PartitionsOf(member.MemberAssignment, topic));
    }

    static List<int> PartitionsOf(ReadOnlyMemory<byte> bytes, string topic)
    {
        if (bytes.IsEmpty) return [];
        var reader = new WireReader(bytes);
        var version = Math.Min(reader.ReadInt16(), ConsumerProtocolAssignment.Versions.Highest);
        var assignment = new ConsumerProtocolAssignment();
        assignment.Read(ref reader, version);
        return [.. assignment.AssignedPartitions.Where(row => row.Topic == topic).SelectMany(row => row.Partitions)];
    }

    /// <summary>The partitions of each member of a KIP-848 group, as they are assigned at this moment.</summary>
    public Dictionary<string, List<int>> Consumer(string group, string topic)
    {
        var described = Ask(new ConsumerGroupDescribeRequest { GroupIds = [new(group)] }, ApiKey.ConsumerGroupDescribe, 0).Groups[0];
        return described.Members.ToDictionary(member => member.MemberId,
            member => member.Assignment.TopicPartitions.Where(row => row.TopicName == topic).SelectMany(row => row.Partitions).ToList());
    }

    TResponse Ask<TResponse>(IRequest<TResponse> request, ApiKey key, short version) where TResponse : class, IMessage, new()
    {
        using var client = new TcpClient(host, port);
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(key, version, 1, "churn"), request);
        var stream = client.GetStream();
        stream.ReadTimeout = 20_000;
        stream.Write(writer.ToArray());
        var size = new byte[4];
        stream.ReadExactly(size);
        var frame = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(size)];
        stream.ReadExactly(frame);
        var reader = new WireReader(frame);
        ResponseHeader.Read(ref reader, key, version);
        var response = new TResponse();
        response.Read(ref reader, version);
        return response;
    }
}
