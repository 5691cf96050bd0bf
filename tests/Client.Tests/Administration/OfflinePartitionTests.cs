using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Administration;

/// <summary>A partition that its broker cannot serve: no leader in the metadata, and the reason in the answer of who holds it.</summary>
public sealed class OfflinePartitionTests : IAsyncDisposable
{
    const string Reason = "segment 00000000000000000000.log cannot be read from position 512 on; restore it, or delete the topic";
    static readonly TopicPartition Offline = new("t", 0);

    readonly ScriptedBroker _broker = new();
    readonly AdminClient _admin;

    public OfflinePartitionTests()
    {
        _broker.Topics["t"] = (new TopicId(Guid.NewGuid()), 1);
        _broker.On<MetadataRequest, MetadataResponse>((request, _) =>
        {
            var response = _broker.Metadata(request);
            foreach (var partition in response.Topics.SelectMany(topic => topic.Partitions))
                (partition.ErrorCode, partition.LeaderId, partition.IsrNodes, partition.OfflineReplicas) = (ErrorCode.LeaderNotAvailable, NodeId.None, [], [new NodeId(1)]);
            return response;
        });
        _admin = new AdminClient(new ClientConfig { BootstrapServers = _broker.Address.ToString(), ["default.api.timeout.ms"] = "20000" });
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _broker.DisposeAsync();
    }

    void Answer(ErrorCode code, string? message) => _broker.On<DescribeProducersRequest, DescribeProducersResponse>((_, _) => new DescribeProducersResponse
    {
        Topics = [new DescribeProducersResponse.TopicResponse { Name = "t", Partitions = [new DescribeProducersResponse.PartitionResponse { ErrorCode = code, ErrorMessage = message }] }],
    });

    [Fact]
    public async Task Its_description_has_no_leader_and_the_error()
    {
        var partition = Assert.Single((await _admin.DescribeTopicsAsync(["t"]))[0].GetValue().Partitions);
        Assert.Equal((NodeId.None, ErrorCode.LeaderNotAvailable), (partition.Leader, partition.Error));
    }

    [Fact]
    public async Task Who_holds_it_is_asked_why_and_its_words_are_the_failure_at_once()
    {
        Answer(ErrorCode.KafkaStorageError, Reason);
        var failure = (await _admin.DescribeProducersAsync([Offline]).WaitAsync(TimeSpan.FromSeconds(10)))[0].Failure!;
        Assert.Equal(ErrorCode.KafkaStorageError, failure.Error.Code);
        Assert.Contains(Reason, failure.Message);
        Assert.Single(_broker.Received, received => received.Key == ApiKey.DescribeProducers);
    }

    [Fact]
    public async Task A_broker_that_explains_nothing_is_asked_again_until_the_time_is_up()
    {
        await using var hurried = new AdminClient(new ClientConfig { BootstrapServers = _broker.Address.ToString(), ["default.api.timeout.ms"] = "2000", ["retry.backoff.ms"] = "5" });
        Answer(ErrorCode.NotLeaderOrFollower, null);
        var failure = (await hurried.DescribeProducersAsync([Offline]))[0].Failure!;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, failure.Error.Code);
        Assert.True(_broker.Received.Count(received => received.Key == ApiKey.DescribeProducers) > 1);
    }
}
