using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;

namespace Semel.Broker.Tests.Hosting;

/// <summary>The broker on a folder: what only files can do wrong. The files themselves are tested where they are written.</summary>
public sealed class DiskTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel-broker-").FullName;
    readonly CaughtLines _lines = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    Task<SemelBroker> StartAsync() => SemelBroker.StartAsync(new BrokerOptions { Port = 0, DataDirectory = _folder }, loggers: _lines);

    [Fact]
    public async Task Records_and_producers_outlive_a_stop_in_order()
    {
        ProducerId producer;
        await using (var broker = await StartAsync())
        {
            await broker.CreateTopicAsync("t", 2, new Dictionary<string, string>());
            await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
            producer = await client.NewProducerAsync();
            for (var sequence = 0; sequence < 5; sequence++) await client.ProduceAsync("t", 1, TestBatch.Of(producer, 0, sequence, $"{sequence}"));
        }
        await using (var broker = await StartAsync())
        {
            await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
            Assert.Equal(2, (await client.ProduceAsync("t", 1, TestBatch.Of(producer, 0, 2, "2"))).BaseOffset);
            Assert.Equal(["0", "1", "2", "3", "4"], await client.ReadAllAsync("t", 1));
            Assert.True((await client.NewProducerAsync()).Value > producer.Value);
        }
    }

    [Fact]
    public async Task A_second_broker_on_the_same_folder_is_refused_and_the_first_goes_on()
    {
        await using var broker = await StartAsync();
        await broker.CreateTopicAsync("t", 1, new Dictionary<string, string>());
        var refused = await Assert.ThrowsAnyAsync<IOException>(StartAsync);
        Assert.Contains(_folder, refused.Message);
        await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Plain("a"))).ErrorCode);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_refused_by_its_name()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");
        var refused = await Assert.ThrowsAnyAsync<IOException>(() => SemelBroker.StartAsync(new BrokerOptions { Port = 0, DataDirectory = Path.Combine(file, "data") }));
        Assert.Contains(file, refused.Message);
    }

    [Fact]
    public async Task A_partition_whose_log_is_damaged_is_offline_with_a_line_that_names_it_and_the_others_serve()
    {
        await using (var broker = await StartAsync())
        {
            await broker.CreateTopicAsync("t", 2, new Dictionary<string, string>());
            await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
            for (var partition = 0; partition < 2; partition++)
                for (var i = 0; i < 10; i++) await client.ProduceAsync("t", partition, TestBatch.Plain(new string('x', 1000)));
        }
        var segment = Directory.EnumerateFiles(_folder, "*.log", SearchOption.AllDirectories).Single(path => Path.GetFileName(Path.GetDirectoryName(path))!.StartsWith("t-0", StringComparison.Ordinal));
        using (var damaged = File.OpenWrite(segment)) damaged.SetLength(3000);
        await using (var broker = await StartAsync())
        {
            await broker.LogsOpened;
            Assert.Contains("t-0~", await _lines.WaitForAsync(202));
            await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
            Assert.Equal(ErrorCode.KafkaStorageError, (await client.ProduceAsync("t", 0, TestBatch.Plain("a"))).ErrorCode);
            Assert.Equal(ErrorCode.KafkaStorageError, (await client.FetchAsync("t", 0, 0)).ErrorCode);
            Assert.Equal((ErrorCode.None, 10L), ((await client.ProduceAsync("t", 1, TestBatch.Plain("a"))) is var row ? (row.ErrorCode, row.BaseOffset) : default));
        }
        Assert.Equal(3000, new FileInfo(segment).Length);
    }

    [Fact]
    public async Task Deleting_a_topic_removes_its_folders()
    {
        await using var broker = await StartAsync();
        await broker.CreateTopicAsync("t", 1, new Dictionary<string, string>());
        await using var client = await FrameClient.ConnectAsync(broker.EndPoint);
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        Assert.NotEmpty(Directory.EnumerateDirectories(_folder, "t-0*", SearchOption.AllDirectories));
        await client.AskAsync(new Semel.Protocol.Messages.DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        Assert.Empty(Directory.EnumerateDirectories(_folder, "t-0*", SearchOption.AllDirectories));
    }
}
