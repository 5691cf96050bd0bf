using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Accumulation;

/// <summary>Accumulators without a machine: what they post is kept, batches are closed at once, the clock stands where the test puts it.</summary>
internal sealed class AccumulatorPort : IAccumulatorPort
{
    public AccumulatorPort(params (string Key, string Value)[] config)
    {
        KeyValuePair<string, string>[] all = [new("bootstrap.servers", "b:1"), .. config.Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value))];
        Options = ProducerConfigRules.Apply(all);
        Memory = new MemoryBudget(Options.BufferBytes, Options.BufferRecords, () => Room?.Serve());
        Builders = new BuilderPool(Options.BatchSizeBytes, 2);
    }

    public ProducerOptions Options { get; }
    public MemoryBudget Memory { get; }
    public BuilderPool Builders { get; }
    public WaitingRoom? Room { get; set; }
    public TimeSpan Now { get; set; }
    public Error ClosedBy { get; } = new(LocalErrorCode.Closed, "closed");
    public List<ProducerInput> Posted { get; } = [];
    public IEnumerable<BufferedBatch> Opened => Posted.OfType<BatchOpened>().Select(opened => (BufferedBatch)opened.Batch);
    public IEnumerable<BufferedBatch> Sealed => Posted.OfType<BatchSealed>().Select(input => (BufferedBatch)input.Batch);

    public List<(ProduceException Failure, bool IsWatched)> RefusedRecords { get; } = [];

    public void Refused(ProduceException failure, bool isWatched)
    {
        lock (RefusedRecords) RefusedRecords.Add((failure, isWatched));
    }

    public void Post(ProducerInput input)
    {
        lock (Posted) Posted.Add(input);
    }

    public void CloseElsewhere(BufferedBatch batch)
    {
        batch.Builder.Close(CompressionCodec.None);
        Post(new BatchSealed(batch, batch.Builder.RecordCount, batch.Builder.SizeInBytes));
    }

    /// <summary>What the end of a batch gives back.</summary>
    public void Finish(BufferedBatch batch)
    {
        var (bytes, records) = (batch.GrantedBytes, batch.GrantedRecords);
        (batch.GrantedBytes, batch.GrantedRecords) = (0, 0);
        Memory.Return(bytes, records);
    }

    public static RawRecord Record(int bytes, int? partition = 0) => new() { Value = new byte[bytes], Partition = partition };

    /// <summary>A topic that is known.</summary>
    public TopicAccumulator Topic(int partitions = 1)
    {
        var topic = new TopicAccumulator("t", this, null);
        Learn(topic, partitions);
        return topic;
    }

    public static void Learn(TopicAccumulator topic, int partitions) => topic.Update(new Client.Metadata.TopicMetadata(topic.Name, TopicId.None, ErrorCode.None,
        [.. Enumerable.Range(0, partitions).Select(number => new Client.Metadata.PartitionMetadata(number, new NodeId(1), 0, ErrorCode.None, [], []))]));
}
