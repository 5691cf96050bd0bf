using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Groups;

/// <summary>The requests of groups that most tests send.</summary>
internal static class GroupRequests
{
    public static JoinGroupRequest Join(string group, string member = "", string? instance = null, byte[]? metadata = null, int sessionMs = 10_000) => new()
    {
        GroupId = new(group),
        MemberId = member,
        GroupInstanceId = instance,
        ProtocolType = "consumer",
        SessionTimeoutMs = sessionMs,
        RebalanceTimeoutMs = 60_000,
        Protocols = [new() { Name = "range", Metadata = metadata ?? [1, 2, 3] }],
    };

    public static SyncGroupRequest Sync(string group, JoinGroupResponse joined, params (string Member, byte[] Assignment)[] assignments) => new()
    {
        GroupId = new(group),
        GenerationId = joined.GenerationId,
        MemberId = joined.MemberId,
        ProtocolType = "consumer",
        ProtocolName = "range",
        Assignments = [.. assignments.Select(one => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = one.Member, Assignment = one.Assignment })],
    };

    /// <summary>Joins as the only member, with the round trip for an id where the version wants one, and brings the assignment.</summary>
    public static async Task<JoinGroupResponse> JoinAloneAsync(this FrameClient client, string group, short version = 9, string? instance = null)
    {
        var joined = await client.AskAsync(Join(group, instance: instance), version);
        if (joined.ErrorCode == ErrorCode.MemberIdRequired) joined = await client.AskAsync(Join(group, joined.MemberId), version);
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        var synced = await client.AskAsync(Sync(group, joined, (joined.MemberId, [7])), 5);
        Assert.Equal((ErrorCode.None, 7), (synced.ErrorCode, synced.Assignment.Span[0]));
        return joined;
    }

    public static OffsetCommitRequest Commit(string group, string topic, long offset, int partition = 0, JoinGroupResponse? by = null, TopicId id = default) => new()
    {
        GroupId = new(group),
        GenerationIdOrMemberEpoch = by?.GenerationId ?? -1,
        MemberId = by?.MemberId ?? "",
        Topics = [new() { Name = topic, TopicId = id, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = "m" }] }],
    };

    public static async Task<ErrorCode> CommitAsync(this FrameClient client, string group, string topic, long offset, JoinGroupResponse? by = null) =>
        (await client.AskAsync(Commit(group, topic, offset, by: by), 8)).Topics[0].Partitions[0].ErrorCode;

    public static async Task<long> FetchCommittedAsync(this FrameClient client, string group, string topic, int partition = 0)
    {
        var request = new OffsetFetchRequest { GroupId = new(group), Topics = [new() { Name = topic, PartitionIndexes = [partition] }], RequireStable = true };
        var response = await client.AskAsync(request, 7);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal(ErrorCode.None, response.Topics[0].Partitions[0].ErrorCode);
        return response.Topics[0].Partitions[0].CommittedOffset;
    }
}
