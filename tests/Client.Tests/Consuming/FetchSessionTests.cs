using Semel.Client.Connections;
using Semel.Client.Consuming;
using Semel.Client.Metadata;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>What a session's requests name (KIP-227), and when a new one begins.</summary>
public class FetchSessionTests
{
    readonly FetchSession _session = new();
    readonly TopicId _topicId = new(Guid.NewGuid());

    static PlannedFetch Fetch(int number, long offset, TopicId topicId = default, int leaderEpoch = 0, int toConfirm = -1)
    {
        var position = new PartitionPosition(new TopicPartition("t", number));
        position.Learn(new TopicMetadata("t", topicId, ErrorCode.None, []), new PartitionMetadata(number, new NodeId(1), leaderEpoch, ErrorCode.None, [], []));
        return new PlannedFetch(new PartitionFeed(position), 1, offset, leaderEpoch, toConfirm);
    }

    static FetchPlan Plan(params PlannedFetch[] fetches) => new() { Node = new NodeId(1), Lane = ConnectionLane.Fetches, Partitions = [.. fetches], MaxBytes = 1000, MaxWait = TimeSpan.Zero };

    string Next(bool isById, params PlannedFetch[] fetches)
    {
        var next = _session.Next(Plan(fetches), isById);
        Assert.Equal(next.Epoch > 0, next.IsIncremental);
        return $"{next.Id}/{next.Epoch}: {string.Join(' ', next.Named.Select(fetch => $"{fetch.Position.Partition.Partition}@{fetch.Offset}"))}{string.Concat(next.Forgotten.Select(gone => $" -{gone.Partition.Partition}"))}";
    }

    string Next(params PlannedFetch[] fetches) => Next(false, fetches);

    [Fact]
    public void Only_what_changed_is_named_and_what_is_not_wanted_is_forgotten()
    {
        Assert.Equal("0/0: 0@5 1@7 2@9", Next(Fetch(0, 5), Fetch(1, 7), Fetch(2, 9)));
        _session.Answered(42);
        Assert.Equal("42/1: ", Next(Fetch(0, 5), Fetch(1, 7), Fetch(2, 9)));
        _session.Answered(42);
        Assert.Equal("42/2: 1@8 -0", Next(Fetch(2, 9), Fetch(1, 8)));
        _session.Answered(42);
        Assert.Equal("42/3: 0@5", Next(Fetch(0, 5), Fetch(1, 8), Fetch(2, 9)));
        _session.Answered(42);
        Assert.Equal("42/4:  -0 -1", Next(Fetch(2, 9)));
    }

    [Fact]
    public void A_new_leader_and_an_epoch_to_confirm_are_named_and_a_confirmed_one_is_not_taken_back()
    {
        Next(Fetch(0, 5));
        _session.Answered(42);
        Assert.Equal("42/1: 0@5", Next(Fetch(0, 5, leaderEpoch: 1, toConfirm: 0)));
        _session.Answered(42);
        Assert.Equal("42/2: ", Next(Fetch(0, 5, leaderEpoch: 1)));
    }

    [Fact]
    public void What_was_lost_or_refused_is_asked_anew_as_a_whole_and_closes_the_old_session()
    {
        Next(Fetch(0, 5), Fetch(1, 7));
        _session.Answered(42);
        Next(Fetch(0, 6), Fetch(1, 7));
        _session.Lost();
        Assert.Equal("42/0: 0@6 1@7", Next(Fetch(0, 6), Fetch(1, 7)));
        _session.Answered(43);
        Assert.Equal("43/1: ", Next(Fetch(0, 6), Fetch(1, 7)));
        _session.Answered(44);
        Assert.Equal("44/0: 0@6", Next(Fetch(0, 6)));
        foreach (var error in new[] { ErrorCode.FetchSessionIdNotFound, ErrorCode.InvalidFetchSessionEpoch, ErrorCode.FetchSessionTopicIdError }) Assert.True(FetchSession.IsRefusal(error));
        Assert.False(FetchSession.IsRefusal(ErrorCode.KafkaStorageError));
    }

    [Fact]
    public void A_broker_that_keeps_no_session_is_asked_as_a_whole_each_time()
    {
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("0/0: 0@5", Next(Fetch(0, 5)));
            _session.Answered(0);
        }
        _session.Answered(42);
        Next(Fetch(0, 5));
        _session.Answered(0);
        Assert.Equal("0/0: 0@5", Next(Fetch(0, 5)));
    }

    [Fact]
    public void Names_and_ids_are_not_mixed_and_a_topic_made_anew_is_another()
    {
        Next(Fetch(0, 5));
        _session.Answered(42);
        Assert.Equal("42/0: 0@5", Next(true, Fetch(0, 5, _topicId)));
        _session.Answered(43);
        var other = new TopicId(Guid.NewGuid());
        var next = _session.Next(Plan(Fetch(0, 0, other)), isById: true);
        Assert.Equal((43, 1), (next.Id, next.Epoch));
        Assert.Equal([new NamedPartition(new TopicPartition("t", 0), _topicId)], next.Forgotten);
        Assert.Equal(other, Assert.Single(next.Named).Position.TopicId);
        _session.Answered(43);
        Assert.Equal("43/2: ", Next(true, Fetch(0, 0, other)));
    }

    /// <summary>A broker as KIP-227 wants it: whatever is planned, lost, refused or forgotten, it reads what the plan says.</summary>
    [Fact]
    public void The_broker_always_reads_what_is_planned()
    {
        var random = new Random(5);
        var (broker, brokerId, brokerEpoch, ids) = (new Dictionary<int, long>(), 0, 0, 0);
        for (var round = 0; round < 5000; round++)
        {
            PlannedFetch[] planned = [.. Enumerable.Range(0, 8).Where(_ => random.Next(3) > 0).DefaultIfEmpty(0).Select(number => Fetch(number, random.Next(3)))];
            var request = _session.Next(Plan(planned), isById: false);
            if (random.Next(20) == 0)
            {
                _session.Lost();
                if (random.Next(2) == 0) continue;
            }
            var refused = request.Epoch > 0 && (request.Id != brokerId || request.Epoch != brokerEpoch || random.Next(20) == 0);
            if (refused)
            {
                _session.Lost();
                continue;
            }
            if (request.Epoch == 0) (broker, brokerId, brokerEpoch) = ([], ++ids, 0);
            foreach (var fetch in request.Named) broker[fetch.Position.Partition.Partition] = fetch.Offset;
            foreach (var gone in request.Forgotten) broker.Remove(gone.Partition.Partition);
            brokerEpoch++;
            Assert.Equal(planned.OrderBy(fetch => fetch.Position.Partition.Partition).Select(fetch => (fetch.Position.Partition.Partition, fetch.Offset)), broker.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
            _session.Answered(brokerId);
        }
    }
}
