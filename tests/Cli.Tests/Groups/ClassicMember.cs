using Semel.Client;
using Semel.Client.Administration;
using Semel.Client.Connections;
using Semel.Client.Metadata;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Cli.Tests.Groups;

/// <summary>A lone member of a classic group that has joined, taken the partitions it gave itself, and says nothing more.</summary>
sealed class ClassicMember : IAsyncDisposable
{
    readonly ClusterConnections _connections;
    readonly GroupId _group;

    ClassicMember(ClusterConnections connections, GroupId group, string id) => (_connections, _group, Id) = (connections, group, id);

    public string Id { get; }

    public static async Task<ClassicMember> JoinAsync(string bootstrapServers, string group, string topic, params int[] partitions)
    {
        var connections = new ClusterConnections(new ConnectionOptions { BootstrapServers = [BrokerAddress.Parse(bootstrapServers)], ClientId = "member" });
        var member = new ClassicMember(connections, new(group), "");
        var subscription = VersionedData.ToBytes(new ConsumerProtocolSubscription { Topics = [topic] }, 1);
        JoinGroupRequest Request(string id) => new() { GroupId = new(group), SessionTimeoutMs = 30_000, RebalanceTimeoutMs = 30_000, MemberId = id, ProtocolType = ConsumerProtocol.Type, Protocols = [new() { Name = "range", Metadata = subscription }] };
        var first = await member.AskAsync<JoinGroupRequest, JoinGroupResponse>(Request(""), answer => answer.ErrorCode);
        Assert.Equal(ErrorCode.MemberIdRequired, first.ErrorCode);
        var joined = await member.AskAsync<JoinGroupRequest, JoinGroupResponse>(Request(first.MemberId), answer => answer.ErrorCode);
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        var synced = await member.AskAsync<SyncGroupRequest, SyncGroupResponse>(new()
        {
            GroupId = new(group), GenerationId = joined.GenerationId, MemberId = joined.MemberId, ProtocolType = ConsumerProtocol.Type, ProtocolName = "range",
            Assignments = [new() { MemberId = joined.MemberId, Assignment = VersionedData.ToBytes(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = topic, Partitions = [.. partitions] }] }, 1) }],
        }, answer => answer.ErrorCode);
        Assert.Equal(ErrorCode.None, synced.ErrorCode);
        return new ClassicMember(connections, new(group), joined.MemberId);
    }

    public async Task LeaveAsync()
    {
        var left = await AskAsync<LeaveGroupRequest, LeaveGroupResponse>(new() { GroupId = _group, Members = [new() { MemberId = Id }] }, answer => answer.ErrorCode);
        Assert.Equal(ErrorCode.None, left.ErrorCode);
    }

    Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, Func<TResponse, ErrorCode> error) where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var calls = new AdminCalls(_connections, TimeSpan.FromSeconds(20));
        return calls.CoordinatorAsync(calls.Begin(CancellationToken.None), CoordinatorKind.Group, _group.Value, _ => request, error, isRepeatable: true);
    }

    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
