using Semel.Client.Connections;
using Semel.Client.Grouping.Membership;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Grouping.Coordination;

/// <summary>A member's requests on the wire, and what is answered, in this client's words. Trying again is the machine's decision.</summary>
internal sealed class MemberExchange(CoordinatorLink link, GroupOptions options)
{
    /// <summary>The coordinator waits for the slowest member as long as that is allowed to take; the answer takes a moment more.</summary>
    static readonly TimeSpan JoinSlack = TimeSpan.FromSeconds(5);

    static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(5);

    /// <summary>Before this version a subscription has no regular expression, and the broker makes the member's id.</summary>
    public const short FirstConsumerHeartbeat = 1;

    TimeSpan RequestTimeout => link.Connections.Options.RequestTimeout;
    TimeSpan JoinTimeout => Longer(options.MaxPollInterval + JoinSlack, RequestTimeout);

    /// <summary>A heartbeat on a dead connection leaves the time for two others before the session ends.</summary>
    TimeSpan HeartbeatTimeout => Shorter(options.SessionTimeout / 3, RequestTimeout);

    static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
    static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Never throws: that there is no answer is an answer.</summary>
    public async Task<MemberInput> AskAsync(MemberRequest request, CancellationToken cancellation)
    {
        try
        {
            return request switch
            {
                AskProtocol ask => await AskAsync(ask, cancellation).ConfigureAwait(false),
                SendJoin join => await AskAsync(join, cancellation).ConfigureAwait(false),
                SendSync sync => await AskAsync(sync, cancellation).ConfigureAwait(false),
                SendHeartbeat heartbeat => await AskAsync(heartbeat, cancellation).ConfigureAwait(false),
                SendLeave leave => await AskAsync(leave, cancellation).ConfigureAwait(false),
                SendConsumerHeartbeat heartbeat => await AskAsync(heartbeat, cancellation).ConfigureAwait(false),
                _ => throw new ArgumentException($"{request.GetType().Name} is no request of a member", nameof(request)),
            };
        }
        catch (BrokerConnectionException lost)
        {
            return new RequestUnanswered(request.RequestId, ErrorCode.NetworkException) { Message = lost.Message };
        }
        catch (KafkaException refused)
        {
            var code = refused.Error.LocalCode == LocalErrorCode.NotOffered ? ErrorCode.UnsupportedVersion : refused.Error.Code;
            return new RequestUnanswered(request.RequestId, code) { Message = refused.Message };
        }
        catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
        {
            return new RequestUnanswered(request.RequestId, ErrorCode.NetworkException) { Message = "the client is closed" };
        }
    }

    async Task<MemberInput> AskAsync(AskProtocol request, CancellationToken cancellation)
    {
        var coordinator = await link.ConnectAsync(ConnectionLane.Heartbeats, request.Anew, RequestTimeout, cancellation).ConfigureAwait(false);
        return new ProtocolTold(request.RequestId, coordinator.BestVersion<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>() >= FirstConsumerHeartbeat);
    }

    async Task<MemberInput> AskAsync(SendJoin request, CancellationToken cancellation)
    {
        var answer = await SendAsync<JoinGroupRequest, JoinGroupResponse>(request, ConnectionLane.Joins, JoinTimeout, options.InstanceId is null ? (short)0 : (short)5, _ => new JoinGroupRequest
        {
            GroupId = new(options.GroupId),
            SessionTimeoutMs = Milliseconds(options.SessionTimeout),
            RebalanceTimeoutMs = Milliseconds(options.MaxPollInterval),
            MemberId = request.MemberId,
            GroupInstanceId = options.InstanceId,
            ProtocolType = ConsumerProtocol.Type,
            Protocols = [.. request.Protocols.Select(static one => new JoinGroupRequest.JoinGroupRequestProtocol { Name = one.Name, Metadata = one.Metadata })],
            Reason = request.Reason,
        }, cancellation).ConfigureAwait(false);
        return new JoinAnswered(request.RequestId, answer.ErrorCode, answer.GenerationId, answer.ProtocolType, answer.ProtocolName, answer.Leader, answer.SkipAssignment, answer.MemberId,
            [.. answer.Members.Select(static member => new JoinedMember(member.MemberId, member.GroupInstanceId, member.Metadata))]);
    }

    async Task<MemberInput> AskAsync(SendSync request, CancellationToken cancellation)
    {
        var answer = await SendAsync<SyncGroupRequest, SyncGroupResponse>(request, ConnectionLane.Joins, JoinTimeout, 0, _ => new SyncGroupRequest
        {
            GroupId = new(options.GroupId),
            GenerationId = request.Generation,
            MemberId = request.MemberId,
            GroupInstanceId = options.InstanceId,
            ProtocolType = ConsumerProtocol.Type,
            ProtocolName = request.Protocol,
            Assignments = [.. request.Assignments.Select(static one => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = one.Key, Assignment = one.Value })],
        }, cancellation).ConfigureAwait(false);
        return new SyncAnswered(request.RequestId, answer.ErrorCode, answer.ProtocolType, answer.ProtocolName, answer.Assignment);
    }

    async Task<MemberInput> AskAsync(SendHeartbeat request, CancellationToken cancellation)
    {
        var answer = await SendAsync<HeartbeatRequest, HeartbeatResponse>(request, ConnectionLane.Heartbeats, HeartbeatTimeout, 0, _ => new HeartbeatRequest
        {
            GroupId = new(options.GroupId), GenerationId = request.Generation, MemberId = request.MemberId, GroupInstanceId = options.InstanceId,
        }, cancellation).ConfigureAwait(false);
        return new HeartbeatAnswered(request.RequestId, answer.ErrorCode);
    }

    async Task<MemberInput> AskAsync(SendLeave request, CancellationToken cancellation)
    {
        var answer = await SendAsync<LeaveGroupRequest, LeaveGroupResponse>(request, ConnectionLane.Heartbeats, Shorter(LeavePatience, RequestTimeout), 0, version => version >= 3
            ? new LeaveGroupRequest { GroupId = new(options.GroupId), Members = [new() { MemberId = request.MemberId, GroupInstanceId = options.InstanceId, Reason = request.Reason }] }
            : new LeaveGroupRequest { GroupId = new(options.GroupId), MemberId = request.MemberId }, cancellation).ConfigureAwait(false);
        return new LeaveAnswered(request.RequestId, answer.ErrorCode != ErrorCode.None ? answer.ErrorCode : answer.Members.FirstOrDefault()?.ErrorCode ?? ErrorCode.None);
    }

    async Task<MemberInput> AskAsync(SendConsumerHeartbeat request, CancellationToken cancellation)
    {
        var answer = await SendAsync<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(request, ConnectionLane.Heartbeats, HeartbeatTimeout, FirstConsumerHeartbeat,
            _ => new ConsumerGroupHeartbeatRequest
            {
                GroupId = new(options.GroupId),
                MemberId = request.MemberId,
                MemberEpoch = request.Epoch,
                InstanceId = options.InstanceId,
                RackId = request.SaysAll ? options.Rack : null,
                RebalanceTimeoutMs = request.SaysAll ? Milliseconds(options.MaxPollInterval) : -1,
                ServerAssignor = request.SaysAll ? options.RemoteAssignor : null,
                SubscribedTopicNames = request.Names is null ? null : [.. request.Names],
                SubscribedTopicRegex = request.Regex,
                TopicPartitions = request.Owned is null ? null
                    : [.. request.Owned.Select(static topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = topic.Id, Partitions = [.. topic.Partitions] })],
            }, cancellation).ConfigureAwait(false);
        return new ConsumerHeartbeatAnswered(request.RequestId, answer.ErrorCode, answer.MemberEpoch, TimeSpan.FromMilliseconds(answer.HeartbeatIntervalMs),
            answer.Assignment is { } assignment ? [.. assignment.TopicPartitions.Select(static topic => new AssignedTopic(topic.TopicId, topic.Partitions))] : null)
        {
            Message = answer.ErrorMessage ?? "",
        };
    }

    async Task<TResponse> SendAsync<TRequest, TResponse>(MemberRequest request, ConnectionLane lane, TimeSpan timeout, short lowest, Func<short, TRequest> make, CancellationToken cancellation)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        // To be found a coordinator gets no more time than it has to answer, which for those who wait for other members is long.
        var coordinator = await link.ConnectAsync(lane, request.Anew, Shorter(timeout, RequestTimeout), cancellation).ConfigureAwait(false);
        if (coordinator.BestVersion<TRequest, TResponse>() is not { } version || version < lowest)
            throw new KafkaException(new Error(LocalErrorCode.NotOffered, $"the broker at {coordinator.Address} offers no version of {TRequest.ApiKey} that is new enough"), ErrorClass.Config);
        return await coordinator.SendAsync<TRequest, TResponse>(make(version), version, timeout, cancellation).ConfigureAwait(false);
    }

    static int Milliseconds(TimeSpan time) => (int)Math.Min(time.TotalMilliseconds, int.MaxValue);
}
