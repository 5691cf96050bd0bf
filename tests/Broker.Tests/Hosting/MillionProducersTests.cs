using Microsoft.Extensions.Logging.Abstractions;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Log.Segments;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Records;
using TestBatch = Semel.Broker.Tests.Support.TestBatch;

namespace Semel.Broker.Tests.Hosting;

/// <summary>
/// What we write we read, also of more than a million producers (twelve new ones a second make them in a day). Apache Kafka 4.4.0 passes over such a snapshot of its
/// own, and stores the retry of a batch that has left the log a second time.
/// </summary>
public sealed class MillionProducersTests : IDisposable
{
    const int Producers = 1_000_001, Together = 10_000;
    const string Name = "t-0~AAAAAAAAAAAAAAAAAAAAAA";
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly string _folder = Directory.CreateTempSubdirectory("semel-million-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    SegmentLogStore Store() => new(new SegmentStoreOptions { Directory = _folder, Flush = FlushMode.Os });

    static Sequencer<PartitionCommand, PartitionReply, PartitionView> Partition(ILogStore store) => new(new()
    {
        LogName = Name,
        OpenLog = static store => store.Open(Name, new LogOptions()),
        NewMachine = static _ => new PartitionMachine(PartitionOptions.Default),
        StorageFailed = static reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
        Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
    }, SequencerHost.Of(store, TimeProvider.System, NullLogger.Instance));

    static byte[] BatchOf(long producer) => TestBatch.Of(new ProducerId(producer), 0, 0, "x");

    async Task FillAsync()
    {
        await using var store = Store();
        using var log = store.Create(Name, new LogOptions());
        var template = BatchOf(0);
        Assert.True(RecordBatchHeader.TryRead(template, out var header));
        var batches = new List<ReadOnlyMemory<byte>>(Together);
        for (var producer = 0; producer < Producers; producer++)
        {
            var batch = (byte[])template.Clone();
            (header with { ProducerId = new ProducerId(producer), BaseOffset = producer }).Write(batch);
            batches.Add(TestBatch.Sealed(batch));
            if (batches.Count < Together && producer < Producers - 1) continue;
            Assert.Equal(AppendStatus.Appended, (await log.AppendAsync(batches, producer + 1 - batches.Count)).Status);
            batches.Clear();
        }
    }

    [Fact]
    public async Task A_retry_of_a_batch_that_has_left_the_log_is_a_duplicate_after_a_clean_restart()
    {
        await FillAsync();
        await using (var store = Store())
        {
            var partition = Partition(store);
            Assert.True(await partition.OpenAsync().AsTask().WaitAsync(Patience), partition.OfflineReason);
            Assert.Equal(Producers, (await partition.AskAsync(PartitionCommand.DeleteRecords(-1, default)).WaitAsync(Patience)).LogStartOffset);
            await partition.StopAsync(withSnapshot: true).WaitAsync(Patience);
        }
        await using (var store = Store())
        {
            var partition = Partition(store);
            Assert.True(await partition.OpenAsync().AsTask().WaitAsync(Patience), partition.OfflineReason);
            foreach (var producer in (long[])[0, 1, 499_999, 999_999, Producers - 1])
            {
                var batch = BatchOf(producer);
                Assert.True(RecordBatchHeader.TryRead(batch, out var header));
                var reply = await partition.AskAsync(PartitionCommand.Append(header, batch, default)).WaitAsync(Patience);
                Assert.Equal((ErrorCode.None, SequenceDecision.Duplicate, producer), (reply.Error, reply.Decision, reply.BaseOffset));
            }
            Assert.Equal(new PartitionView(Producers, Producers, Producers), partition.View);
            await partition.StopAsync(withSnapshot: true).WaitAsync(Patience);
        }
    }
}
