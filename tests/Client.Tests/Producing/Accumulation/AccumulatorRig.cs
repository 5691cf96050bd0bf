using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;
using Semel.Client.Producing.Sending;
using Semel.Client.Tests.Connections;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Accumulation;

/// <summary>The accumulator without a machine: what is posted is kept, batches are closed at once by whoever finds them full, the clock stands where the test puts it.</summary>
internal sealed class AccumulatorRig
{
    public AccumulatorRig(params (string Key, string Value)[] config)
    {
        KeyValuePair<string, string>[] all = [new("bootstrap.servers", "b:1"), .. config.Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value))];
        Options = ProducerConfigRules.Apply(all);
        Memory = new MemoryBudget(Options.BufferBytes, Options.BufferRecords);
        Batches = new Batches(Options, Memory, Pump, Counters, Post, () => Now, batch => Batches!.Close(batch));
        Reports = new DeliveryReports(Pump, Counters, NullLogger.Instance, () => Now);
        Admission = new Admission(Batches, Memory, null, new RecordWatch([], Pump, NullLogger.Instance), LookedUp.Add, Refused, () => { }, Time);
    }

    public ProducerOptions Options { get; }
    public MemoryBudget Memory { get; }
    public Generations Generations { get; } = new();
    public Batches Batches { get; }
    public CompletionPump Pump { get; } = new(NullLogger.Instance);
    public ProducerCounters Counters { get; } = new();
    public DeliveryReports Reports { get; }
    public Admission Admission { get; }
    public ManualTime Time { get; } = new();
    public TimeSpan Now { get; set; }
    public List<TopicAccumulator> LookedUp { get; } = [];
    public List<ProducerInput> Posted { get; } = [];
    public List<BufferedBatch> Opened => [.. Inputs<BatchOpened>().Select(opened => (BufferedBatch)opened.Batch)];
    public List<BufferedBatch> Sealed => [.. Inputs<BatchSealed>().Select(input => (BufferedBatch)input.Batch)];
    public List<ProduceException> RefusedRecords { get; } = [];

    List<T> Inputs<T>() where T : ProducerInput
    {
        lock (Posted) return [.. Posted.OfType<T>()];
    }

    void Refused(WaitingRecord record, ProduceException failure)
    {
        lock (RefusedRecords) RefusedRecords.Add(failure);
        Reports.Refused(record, failure);
    }

    void Post(ProducerInput input)
    {
        lock (Posted) Posted.Add(input);
    }

    /// <summary>What the end of a batch gives back.</summary>
    public void Finish(BufferedBatch batch)
    {
        var (bytes, records) = (batch.GrantedBytes, batch.GrantedRecords);
        (batch.GrantedBytes, batch.GrantedRecords) = (0, 0);
        Memory.Return(bytes, records);
    }

    public static RawRecord Record(int bytes, int? partition = 0) => new() { Value = new byte[bytes], Partition = partition };

    public PartitionAccumulator Partition() => new(new TopicPartition("t", 0), Memory, Generations, Batches);

    /// <summary>A topic that is known.</summary>
    public TopicAccumulator Topic(int partitions = 1)
    {
        var topic = UnknownTopic("t");
        Learn(topic, partitions);
        return topic;
    }

    public TopicAccumulator UnknownTopic(string name) => new(name, Memory, Generations, Batches, null);

    public static void Learn(TopicAccumulator topic, int partitions) => topic.Update(new Client.Metadata.TopicMetadata(topic.Name, TopicId.None, ErrorCode.None,
        [.. Enumerable.Range(0, partitions).Select(number => new Client.Metadata.PartitionMetadata(number, new NodeId(1), 0, ErrorCode.None, [], []))]));
}
