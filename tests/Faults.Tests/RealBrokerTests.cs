using Semel.Protocol;
using Semel.Testing;

namespace Semel.Faults.Tests;

/// <summary>The faults that matter, before the real broker: whatever is lost, repeated or exchanged, each record is there once and in order.</summary>
public sealed class RealBrokerTests : IAsyncLifetime
{
    const string Topic = "t";

    InProcessBroker _broker = null!;
    FaultProxy _proxy = null!;
    IdempotentSender _sender = null!;

    public async Task InitializeAsync()
    {
        _broker = await InProcessBroker.StartAsync();
        await _broker.CreateTopicAsync(Topic);
        _proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = _broker.Broker.EndPoint });
        _sender = new IdempotentSender(_proxy.EndPoint, Topic);
        await _sender.InitAsync();
    }

    public async Task DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _proxy.DisposeAsync();
        await _broker.DisposeAsync();
    }

    void Rule(string text) => _proxy.Rules = [FaultRule.Parse(text)];

    async Task ExpectAcceptedAsync(int sequence, long offset)
    {
        var answer = await _sender.ProduceAsync(sequence);
        Assert.Equal((ErrorCode.None, offset), (answer!.ErrorCode, answer.BaseOffset));
    }

    async Task ExpectRecordsAsync(int count) => Assert.Equal(Enumerable.Range(0, count).Select(IdempotentSender.ValueOf), await _sender.ReadAllAsync());

    [Fact]
    public async Task The_broker_tells_the_proxys_address()
    {
        var metadata = await _sender.MetadataAsync();
        var broker = Assert.Single(metadata!.Brokers);
        Assert.Equal(("127.0.0.1", _proxy.EndPoint.Port), (broker.Host, broker.Port));
        Assert.Equal(Topic, Assert.Single(metadata.Topics).Name);
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_and_that_is_sent_again_is_there_once()
    {
        await ExpectAcceptedAsync(0, 0);
        Rule("Produce:answer:cut:count=1");
        Assert.Null(await _sender.ProduceAsync(1));
        await ExpectAcceptedAsync(1, 1);
        await ExpectAcceptedAsync(2, 2);
        await ExpectRecordsAsync(3);
        Assert.Equal(1, _proxy.Counters.Of(ApiKey.Produce).AnswersDropped);
    }

    [Fact]
    public async Task Batches_whose_answers_were_lost_in_a_row_and_that_are_sent_again_are_there_once()
    {
        Rule("Produce:answer:drop:count=5");
        await _sender.SendAsync(Enumerable.Range(0, 5).Select(_sender.ProduceFrame).ToArray());
        Assert.Equal(5, (await _sender.ProduceAsync(5))!.BaseOffset);
        for (var sequence = 1; sequence < 6; sequence++) await ExpectAcceptedAsync(sequence, sequence);
        await ExpectRecordsAsync(6);
    }

    [Fact]
    public async Task A_batch_that_is_delivered_twice_is_there_once_and_answered_once()
    {
        Rule("Produce:request:repeat");
        for (var sequence = 0; sequence < 10; sequence++) await ExpectAcceptedAsync(sequence, sequence);
        _proxy.Rules = [];
        // The first delivery's answer may be here before the second delivery has begun; the proxy takes this request only after that.
        await ExpectAcceptedAsync(10, 10);
        Assert.Equal((10, 21), (_proxy.Counters.Of(ApiKey.Produce).Repeated, _proxy.Counters.Of(ApiKey.Produce).RequestsPassed));
        await ExpectRecordsAsync(11);
    }

    [Fact]
    public async Task A_batch_that_overtook_another_is_refused_and_goes_in_when_it_is_sent_again()
    {
        await ExpectAcceptedAsync(0, 0);
        Rule("Produce:request:swap=10000:count=1");
        await _sender.SendAsync(_sender.ProduceFrame(1), _sender.ProduceFrame(2));
        Assert.Equal(ErrorCode.None, (await _sender.ReceiveAsync())!.ErrorCode);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await _sender.ReceiveAsync())!.ErrorCode);
        await ExpectAcceptedAsync(2, 2);
        await ExpectRecordsAsync(3);
    }

    [Fact]
    public async Task A_batch_that_arrives_after_newer_ones_changes_nothing()
    {
        await ExpectAcceptedAsync(0, 0);
        Rule("Produce:request:hold:count=1");
        Assert.Null(await _sender.ProduceAsync(1));
        for (var sequence = 1; sequence < 10; sequence++) await ExpectAcceptedAsync(sequence, sequence);
        var late = Assert.Single(await _proxy.ReleaseHeldAsync());
        Assert.NotNull(late.Answer);
        await ExpectAcceptedAsync(10, 10);
        await ExpectRecordsAsync(11);
    }

    [Fact]
    public async Task A_byte_changed_on_the_way_is_found_by_the_checksum()
    {
        var frame = _sender.ProduceFrame(0);
        var at = frame.AsSpan().IndexOf("record number"u8);
        Rule($"Produce:request:corrupt={at}:count=1");
        await _sender.SendAsync(frame);
        Assert.Equal(ErrorCode.CorruptMessage, (await _sender.ReceiveAsync())!.ErrorCode);
        await ExpectAcceptedAsync(0, 0);
        await ExpectRecordsAsync(1);
    }

    [Fact]
    public async Task A_request_cut_at_any_byte_and_sent_again_is_there_once()
    {
        var length = _sender.ProduceFrame(0).Length;
        for (var sequence = 0; sequence <= length; sequence++)
        {
            Rule($"Produce:request:cut-after={sequence}:count=1");
            await _sender.ProduceAsync(sequence);
            _sender.Disconnect();
            await ExpectAcceptedAsync(sequence, sequence);
        }
        await ExpectRecordsAsync(length + 1);
    }

    [Fact]
    public async Task A_request_whose_answer_is_cut_at_any_byte_and_that_is_sent_again_is_there_once()
    {
        const int longest = 80;
        for (var sequence = 0; sequence <= longest; sequence++)
        {
            Rule($"Produce:answer:cut-after={sequence}:count=1");
            await _sender.ProduceAsync(sequence);
            _sender.Disconnect();
            await ExpectAcceptedAsync(sequence, sequence);
        }
        await ExpectRecordsAsync(longest + 1);
    }

    [Fact]
    public async Task Behind_the_proxy_the_broker_may_be_killed_and_started_again()
    {
        await ExpectAcceptedAsync(0, 0);
        await _broker.KillAndRestartAsync();
        Assert.Null(await _sender.ProduceAsync(1));
        await ExpectAcceptedAsync(1, 1);
        await ExpectRecordsAsync(2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Under_random_cuts_and_repetitions_each_record_is_there_once_and_in_order(long seed)
    {
        const int count = 200;
        string[] rules = ["Produce:request:cut:0.1", "Produce:answer:cut:0.1", "Produce:request:repeat:0.1", "Produce:request:cut-after=60:0.05", "Produce:answer:cut-after=9:0.05"];
        await using var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = _broker.Broker.EndPoint, Seed = seed, Rules = rules.Select(FaultRule.Parse).ToArray() });
        await using var sender = new IdempotentSender(proxy.EndPoint, Topic);
        await sender.InitAsync();
        for (var sequence = 0; sequence < count; sequence++)
        {
            var attempts = 0;
            while (await sender.ProduceAsync(sequence) is not { ErrorCode: ErrorCode.None }) Assert.True(++attempts < 100);
        }
        Assert.True(proxy.Counters.Total.Faults > count / 10);
        await ExpectRecordsAsync(count);
    }
}
