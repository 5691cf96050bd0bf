using Semel.Broker.Sequencing;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>A partition of a topic of the broker's own: clients read it, and its machine alone writes it.</summary>
internal sealed class StatePartition<TCommand, TReply, TView>(string topic, int number, Sequencer<TCommand, TReply, TView> sequencer,
    StateTopicSettings<TCommand, TReply, TView> settings) : Partition(topic, number) where TView : class, IReadView
{
    static readonly DescribedProducers None = new(ErrorCode.None, null, []);

    public Sequencer<TCommand, TReply, TView> Sequencer => sequencer;
    public override IReadableLog Reader => sequencer;
    public override ISequencer Writer => sequencer;
    public override Task<DescribedProducers> DescribeProducersAsync() => settings.DescribeProducers is { } describe ? describe(sequencer) : Task.FromResult(None);

    public override Task<ErrorCode> EndTransactionAsync(EndMarker marker) =>
        settings.EndTransaction is { } end ? end(sequencer, marker) : Task.FromResult(ErrorCode.InvalidTopicException);
}
