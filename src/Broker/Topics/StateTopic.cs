using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// A topic of the broker's own, in which machines of one kind remember what they have to: each key belongs to one of its partitions. It is made when somebody
/// first needs it, as any other topic is, and stays for ever. Thread safe.
/// </summary>
internal sealed class StateTopic<TCommand, TReply, TView> : IStateTopic where TView : class, IReadView
{
    readonly StateTopicSettings<TCommand, TReply, TView> _settings;
    readonly TopicRegistry _topics;
    readonly ILogger _logger;
    volatile Found? _found;
    volatile string? _told;

    sealed record Found(TopicId TopicId, Sequencer<TCommand, TReply, TView>[] Sequencers);

    /// <param name="topics">Learns of it here, which has to be before the catalog is opened: from then on it knows what is behind the topic's partitions.</param>
    public StateTopic(StateTopicSettings<TCommand, TReply, TView> settings, TopicRegistry topics, ILogger logger)
    {
        (_settings, _topics, _logger) = (settings, topics, logger);
        topics.Add(this);
    }

    public string Name => _settings.Name;

    /// <summary>None while the topic is not there.</summary>
    public TopicId TopicId => TryFind(out var found) ? found.TopicId : TopicId.None;

    /// <summary>The sequencers of all partitions, by number; empty while the topic is not there.</summary>
    public IReadOnlyList<Sequencer<TCommand, TReply, TView>> All => TryFind(out var found) ? found.Sequencers : [];

    /// <summary>The number of the partition to which a key belongs.</summary>
    public int PartitionOf(string key) => InternalTopic.PartitionOf(key, TryFind(out var found) ? found.Sequencers.Length : _settings.PartitionCount);

    /// <summary>The sequencer of the partition to which a key belongs.</summary>
    /// <exception cref="InvalidOperationException">The topic is not there: <see cref="ReadyAsync"/> comes first.</exception>
    public Sequencer<TCommand, TReply, TView> Of(string key) => TryFind(out var found)
        ? found.Sequencers[InternalTopic.PartitionOf(key, found.Sequencers.Length)]
        : throw new InvalidOperationException($"the topic {Name} was not made before it was used");

    public ValueTask<ErrorCode> ReadyAsync() => TryFind(out _) ? new(ErrorCode.None) : new(MakeAsync());

    async Task<ErrorCode> MakeAsync()
    {
        var reply = await _topics.CreateAsync(Wanted());
        if (TryFind(out _)) return ErrorCode.None;
        var reason = reply.Error == ErrorCode.TopicAlreadyExists
            ? "somebody has made a topic of that name with an earlier version. Read what is in it, if anybody needs that, and delete it." : reply.Message;
        // Clients ask again and again.
        if (reason != _told) Broker.Log.StateTopicNotMade(_logger, Name, _told = reason);
        return ErrorCode.CoordinatorNotAvailable;
    }

    bool TryFind([NotNullWhen(true)] out Found? found)
    {
        found = _found;
        if (found is not null) return true;
        // Nobody can delete it, so it is looked for until it is found, and then never again.
        if (!_topics.TryFind(Name, out var topic) || !topic.Description.IsInternal) return false;
        var sequencers = topic.Partitions.Select(static partition => ((StatePartition<TCommand, TReply, TView>)partition).Sequencer);
        found = new Found(topic.Description.TopicId, [.. sequencers]);
        if (found.Sequencers.Length != _settings.PartitionCount) Broker.Log.StateTopicKeepsPartitions(_logger, Name, found.Sequencers.Length, _settings.PartitionCount);
        _found = found;
        return true;
    }

    public NewTopic Wanted() => new()
    {
        Name = Name,
        TopicId = NewTopicId.Next(),
        IsInternal = true,
        PartitionCount = _settings.PartitionCount,
        Configs = [new("cleanup.policy", "compact"), new("segment.bytes", FormattableString.Invariant($"{_settings.SegmentBytes}"))],
    };

    public Partition NewPartition(CatalogTopic topic, int number, Func<ILogStore, ILog> openLog, SequencerHost host)
    {
        Sequencer<TCommand, TReply, TView>? sequencer = null;
        var turns = _settings.Turns(new StateLog(number, PartitionLogName.Of(topic, number), openLog));
        sequencer = new(turns with { PartsSealed = () => host.PartsSealed?.Invoke(sequencer!) }, host);
        return new StatePartition<TCommand, TReply, TView>(topic.Name, number, sequencer, _settings);
    }
}
