using Semel.Broker.Tests.Support;
using Semel.Protocol;

namespace Semel.Broker.Tests.Hosting;

/// <summary>
/// over everything between: a partition that refused a batch of a producer it does not know, because its log failed or was not open, takes nothing later of that
/// producer before it. The producer is older than the topic, so that any first sequence would be taken otherwise.
/// </summary>
public class RefusedFirstBatchTests : StoreTest
{
    static async Task<(ErrorCode, long)> SendAsync(FrameClient client, ProducerId producer, int sequence, short epoch = 0)
    {
        var row = await client.ProduceAsync("t", 0, TestBatch.Of(producer, epoch, sequence, $"{epoch}:{sequence}"));
        return (row.ErrorCode, row.BaseOffset);
    }

    async Task<(FrameClient Client, ProducerId Older)> BeginAsync()
    {
        var client = await ConnectAsync();
        var older = await client.NewProducerAsync();
        await CreateTopicAsync("t");
        return (client, older);
    }

    [Fact]
    public async Task After_a_failed_append_the_refused_batch_comes_first()
    {
        var (client, older) = await BeginAsync();
        Store.AppendFault = name => name.StartsWith("t-0~", StringComparison.Ordinal) ? new IOException("pulled out") : null;
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), await SendAsync(client, older, 20));
        Store.AppendFault = null;
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(client, older, 21));
        Assert.Contains("an earlier batch of this producer was refused", (await client.ProduceAsync("t", 0, TestBatch.Of(older, 0, 22, "later"))).ErrorMessage);
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, older, 20));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(client, older, 21));
        Assert.Equal(["0:20", "0:21"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task What_was_refused_while_the_log_could_not_be_opened_comes_first_when_it_can()
    {
        var (client, older) = await BeginAsync();
        await Broker.StopAsync();
        Store.OpenFault = name => name.StartsWith("t-0~", StringComparison.Ordinal) ? new IOException("no answer") : null;
        await StartAsync();
        await Broker.LogsOpened;
        client = await ConnectAsync();
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), await SendAsync(client, older, 20));
        Store.OpenFault = null;
        Time.Advance(TimeSpan.FromMinutes(1));
        client = await ConnectAsync();
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(client, older, 21));
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, older, 20));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(client, older, 21));
    }

    [Fact]
    public async Task Whoever_gave_the_refused_batch_up_goes_on_in_a_new_epoch()
    {
        var (client, older) = await BeginAsync();
        Store.AppendFault = name => name.StartsWith("t-0~", StringComparison.Ordinal) ? new IOException("pulled out") : null;
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), await SendAsync(client, older, 20));
        Store.AppendFault = null;
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(client, older, 21));
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, older, 0, epoch: 1));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(client, older, 1, epoch: 1));
    }

    [Fact]
    public async Task A_producer_of_whom_nothing_was_refused_goes_on_where_it_is_and_one_that_came_later_begins_with_0()
    {
        var (client, older) = await BeginAsync();
        var younger = await client.NewProducerAsync();
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, older, 20));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(client, younger, 20));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(client, younger, 0));
    }

    [Fact]
    public async Task A_producer_from_before_the_topic_was_made_anew_goes_on_where_it_is()
    {
        var (client, older) = await BeginAsync();
        for (var sequence = 0; sequence < 20; sequence++) await SendAsync(client, older, sequence);
        await Broker.Topics.DeleteAsync("t");
        await CreateTopicAsync("t");
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, older, 20));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(client, older, 21));
        var younger = await client.NewProducerAsync();
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(client, younger, 1));
        // That the topic is younger than the producer outlives the broker.
        await RestartAsync(inOrder: false);
        client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 0L), await SendAsync(client, older, 20));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(client, younger, 1));
        Assert.Equal((ErrorCode.None, 2L), await SendAsync(client, younger, 0));
    }
}
