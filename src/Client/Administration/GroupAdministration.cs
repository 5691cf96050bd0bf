using Semel.Client.Errors;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Administration;

/// <summary>Groups as their coordinators know them, and their offsets. Thread safe.</summary>
internal sealed class GroupAdministration(AdminCalls calls)
{
    /// <summary>From these versions on topics go by id, which whoever asks here does not know.</summary>
    const short LastFetchByName = 9, LastCommitByName = 9;

    readonly GroupDescriptions _descriptions = new(calls);

    /// <param name="states">Only those, by Kafka's words; all when there is none. Of the types the same.</param>
    /// <exception cref="KafkaException">A broker does not answer, refuses, or cannot filter so.</exception>
    public async Task<IReadOnlyList<ListedGroup>> ListAsync(IReadOnlyCollection<string> states, IReadOnlyCollection<string> types, CancellationToken cancellation)
    {
        var answers = await calls.EachBrokerAsync<ListGroupsRequest, ListGroupsResponse>(calls.Begin(cancellation), version =>
        {
            if ((version < 4 && states.Count > 0) || (version < 5 && types.Count > 0))
                throw new KafkaException(new Error(LocalErrorCode.NotOffered, "the broker is too old to list groups by their state or type"), ErrorClass.Config);
            return new ListGroupsRequest { StatesFilter = [.. states], TypesFilter = [.. types] };
        }, static answer => answer.ErrorCode).ConfigureAwait(false);
        foreach (var (node, answer) in answers) AdminCalls.Require(answer.ErrorCode, $"broker {node} does not list its groups");
        return [.. answers.SelectMany(static answer => answer.Response.Groups).Select(static group => new ListedGroup(group.GroupId.Value, group.ProtocolType, Word(group.GroupType), group.GroupState))];
    }

    /// <summary>Brokers write types small, and Kafka's tools large.</summary>
    static string Word(string type) => type.Length == 0 ? type : char.ToUpperInvariant(type[0]) + type[1..];

    /// <exception cref="KafkaException">With <see cref="ErrorCode.GroupIdNotFound"/> when there is no such group.</exception>
    public Task<GroupDescription> DescribeAsync(string group, CancellationToken cancellation) => _descriptions.OfAsync(group, cancellation);

    /// <summary>All offsets that the group has committed. None for a group that does not exist.</summary>
    /// <exception cref="KafkaException">The coordinator does not answer, or refuses.</exception>
    public async Task<IReadOnlyDictionary<TopicPartition, CommittedOffset>> OffsetsAsync(string group, CancellationToken cancellation)
    {
        var answer = await AskAsync<OffsetFetchRequest, OffsetFetchResponse>(group, version => version switch
        {
            > LastFetchByName => throw new InvalidOperationException("a version by topic id"),
            >= 8 => new OffsetFetchRequest { Groups = [new() { GroupId = new(group), Topics = null }] },
            >= 2 => new OffsetFetchRequest { GroupId = new(group), Topics = null },
            _ => throw new KafkaException(new Error(LocalErrorCode.NotOffered, "the broker is too old to tell all offsets of a group"), ErrorClass.Config),
        }, static answer => answer.Groups is [var only] ? only.ErrorCode : answer.ErrorCode, isRepeatable: true, LastFetchByName, cancellation).ConfigureAwait(false);
        var offsets = new Dictionary<TopicPartition, CommittedOffset>();
        if (answer.Groups is [var told])
        {
            AdminCalls.Require(told.ErrorCode, $"the offsets of group '{group}' cannot be told");
            foreach (var topic in told.Topics)
                foreach (var one in topic.Partitions) Add(new TopicPartition(topic.Name, one.PartitionIndex), one.ErrorCode, one.CommittedOffset, one.CommittedLeaderEpoch, one.Metadata);
        }
        else
        {
            AdminCalls.Require(answer.ErrorCode, $"the offsets of group '{group}' cannot be told");
            foreach (var topic in answer.Topics ?? [])
                foreach (var one in topic.Partitions) Add(new TopicPartition(topic.Name, one.PartitionIndex), one.ErrorCode, one.CommittedOffset, one.CommittedLeaderEpoch, one.Metadata);
        }
        return offsets;

        void Add(TopicPartition partition, ErrorCode error, long offset, int leaderEpoch, string? metadata)
        {
            AdminCalls.Require(error, $"the offset of group '{group}' in {partition} cannot be told");
            if (offset >= 0) offsets[partition] = new CommittedOffset(offset, leaderEpoch, metadata);
        }
    }

    /// <summary>Commits in place of the group's members: only where it has none.</summary>
    /// <returns>What became of each partition, in their order.</returns>
    /// <exception cref="KafkaException">The coordinator does not answer.</exception>
    public async Task<IReadOnlyList<AdminResult<TopicPartition, long>>> CommitAsync(string group, IReadOnlyDictionary<TopicPartition, long> offsets, CancellationToken cancellation)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = new(group),
            Topics =
            [
                .. offsets.GroupBy(static offset => offset.Key.Topic).Select(static topic => new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = topic.Key, Partitions = [.. topic.Select(static offset => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = offset.Key.Partition, CommittedOffset = offset.Value, CommittedMetadata = "" })],
                }),
            ],
        };
        var answer = await AskAsync<OffsetCommitRequest, OffsetCommitResponse>(group, _ => request,
            static answer => answer.Topics.SelectMany(static topic => topic.Partitions).FirstOrDefault()?.ErrorCode ?? ErrorCode.None, isRepeatable: true, LastCommitByName, cancellation).ConfigureAwait(false);
        var told = answer.Topics.SelectMany(static topic => topic.Partitions.Select(one => (new TopicPartition(topic.Name, one.PartitionIndex), one.ErrorCode))).ToDictionary();
        return [.. offsets.Select(offset => Result(offset.Key, offset.Value, told.GetValueOrDefault(offset.Key, ErrorCode.UnknownServerError), "its offset is not committed"))];
    }

    /// <summary>Removes offsets of topics that no member of the group reads.</summary>
    /// <inheritdoc cref="CommitAsync" path="/returns"/>
    /// <inheritdoc cref="CommitAsync" path="/exception"/>
    public async Task<IReadOnlyList<AdminResult<TopicPartition, bool>>> DeleteOffsetsAsync(string group, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation)
    {
        var request = new OffsetDeleteRequest
        {
            GroupId = new(group),
            Topics = [.. partitions.GroupBy(static partition => partition.Topic).Select(static topic => new OffsetDeleteRequest.OffsetDeleteRequestTopic { Name = topic.Key, Partitions = [.. topic.Select(static one => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = one.Partition })] })],
        };
        var answer = await AskAsync<OffsetDeleteRequest, OffsetDeleteResponse>(group, _ => request, static answer => answer.ErrorCode, isRepeatable: true, short.MaxValue, cancellation).ConfigureAwait(false);
        AdminCalls.Require(answer.ErrorCode, $"the offsets of group '{group}' are not deleted");
        var told = answer.Topics.SelectMany(static topic => topic.Partitions.Select(one => (new TopicPartition(topic.Name, one.PartitionIndex), one.ErrorCode))).ToDictionary();
        return [.. partitions.Select(partition => Result(partition, true, told.GetValueOrDefault(partition, ErrorCode.UnknownServerError), "its offset is not deleted"))];
    }

    /// <summary>Deletes groups without members, and all their offsets. Never repeated when nobody knows whether it was carried out.</summary>
    /// <returns>What became of each, in their order.</returns>
    public async Task<IReadOnlyList<AdminResult<string, bool>>> DeleteAsync(IReadOnlyList<string> groups, CancellationToken cancellation)
    {
        var results = new List<AdminResult<string, bool>>();
        foreach (var group in groups) results.Add(await DeleteAsync(group, cancellation).ConfigureAwait(false));
        return results;
    }

    async Task<AdminResult<string, bool>> DeleteAsync(string group, CancellationToken cancellation)
    {
        var answer = await AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(group, _ => new DeleteGroupsRequest { GroupsNames = [new(group)] },
            static answer => answer.Results.FirstOrDefault()?.ErrorCode ?? ErrorCode.UnknownServerError, isRepeatable: false, short.MaxValue, cancellation).ConfigureAwait(false);
        var told = answer.Results.FirstOrDefault();
        var error = told?.ErrorCode ?? ErrorCode.UnknownServerError;
        return error == ErrorCode.None ? new(group, true, null) : AdminCalls.Failed<string, bool>(group, error, string.IsNullOrEmpty(told?.ErrorMessage) ? Reason(error) : told.ErrorMessage);
    }

    /// <summary>Removes members; from version 3 of the request on several at once, and static ones by their names.</summary>
    /// <returns>What became of each, in their order.</returns>
    public async Task<IReadOnlyList<AdminResult<MemberToRemove, bool>>> RemoveMembersAsync(string group, IReadOnlyList<MemberToRemove> members, string? reason, CancellationToken cancellation)
    {
        if (members.Count == 0) return [];
        var answer = await AskAsync<LeaveGroupRequest, LeaveGroupResponse>(group, version =>
        {
            if (version < 3) throw new KafkaException(new Error(LocalErrorCode.NotOffered, "the broker is too old to remove members (KIP-345). Stop them, or ask a newer broker"), ErrorClass.Config);
            return new LeaveGroupRequest
            {
                GroupId = new(group),
                Members = [.. members.Select(member => new LeaveGroupRequest.MemberIdentity { MemberId = member.MemberId ?? "", GroupInstanceId = member.InstanceId, Reason = reason })],
            };
        }, static answer => answer.ErrorCode, isRepeatable: true, short.MaxValue, cancellation).ConfigureAwait(false);
        // A group that has no members says of the request what it would say of each.
        if (answer.ErrorCode == ErrorCode.UnknownMemberId)
            return [.. members.Select(member => AdminCalls.Failed<MemberToRemove, bool>(member, answer.ErrorCode, $"{member} is not in group '{group}': the group has no members"))];
        AdminCalls.Require(answer.ErrorCode, $"members of group '{group}' are not removed");
        return [.. members.Select((member, at) => at >= answer.Members.Count ? AdminCalls.Failed<MemberToRemove, bool>(member, ErrorCode.UnknownServerError, $"the broker said nothing about {member}")
            : answer.Members[at].ErrorCode == ErrorCode.None ? new AdminResult<MemberToRemove, bool>(member, true, null)
            : AdminCalls.Failed<MemberToRemove, bool>(member, answer.Members[at].ErrorCode, $"{member} is not removed from group '{group}': {answer.Members[at].ErrorCode}"))];
    }

    static string Reason(ErrorCode error) => error switch
    {
        ErrorCode.NonEmptyGroup => "it has members, or an open transaction has offsets for it",
        ErrorCode.GroupIdNotFound => "there is no such group",
        _ => error.ToString(),
    };

    static AdminResult<TopicPartition, T> Result<T>(TopicPartition partition, T value, ErrorCode error, string what) =>
        error == ErrorCode.None ? new(partition, value, null) : AdminCalls.Failed<TopicPartition, T>(partition, error, $"{partition}: {what}: {error}");

    Task<TResponse> AskAsync<TRequest, TResponse>(string group, Func<short, TRequest> request, Func<TResponse, ErrorCode> error, bool isRepeatable, short highest, CancellationToken cancellation)
        where TRequest : class, IRequest<TResponse> where TResponse : class, IMessage, new() =>
        calls.CoordinatorAsync(calls.Begin(cancellation), CoordinatorKind.Group, group, request, error, isRepeatable, highest);
}
