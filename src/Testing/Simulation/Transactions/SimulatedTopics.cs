using Semel.Machines.Catalog;
using Semel.Machines.Partition;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// The topics and the producer ids, by the catalog's own machine but without a log: they are durable at once, and outlive the broker's process. What the
/// catalog has to do about crashes is looked at elsewhere.
/// </summary>
internal sealed class SimulatedTopics
{
    public const string Input = "input", Output = "output";
    /// <summary>Is deleted and made again now and then.</summary>
    public const string Remade = "remade";
    public const long FirstProducerId = 1000;

    readonly TurnRunner<CatalogCommand, CatalogReply, CatalogView> _runner;
    readonly CatalogMachine _machine = new(new CatalogOptions());
    readonly SimulatedWorld _world;
    long _nextProducerId = FirstProducerId, _topics;

    public SimulatedTopics(TransactionWorld world)
    {
        _world = world;
        _runner = new(_machine);
        Create(Input, world.Plan.InputPartitions);
        Create(Output, world.Plan.OutputPartitions);
        Create(Remade, 1);
    }

    public CatalogView View => _machine.View;

    public ProducerIdRange GivenOut => new(new ProducerId(FirstProducerId), new ProducerId(_nextProducerId));

    public ProducerId NewProducerId() => new(_nextProducerId++);

    public CatalogTopic this[string name] => View.TryFind(name, out var topic) ? topic : throw new InvalidOperationException($"there is no topic {name}");

    void Create(string name, int partitions) => Do(CatalogCommand.CreateTopic(new NewTopic
    {
        Name = name,
        TopicId = new TopicId(new Guid((int)++_topics, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
        PartitionCount = partitions,
        NextProducerId = new ProducerId(_nextProducerId),
        // A record may be older than the jump of a clock that its batch is checked by.
        Configs = [KeyValuePair.Create<string, string?>("message.timestamp.after.max.ms", $"{long.MaxValue}")],
    }));

    /// <summary>Deletes a topic and makes it anew, under the same name.</summary>
    public void Remake(string name)
    {
        var partitions = this[name].PartitionCount;
        Do(CatalogCommand.DeleteTopic(name));
        Create(name, partitions);
    }

    void Do(CatalogCommand command)
    {
        _runner.Decide([command], _world.Clock.Moment);
        Invariant.Check(_runner.Output.Replies[0].Error == ErrorCode.None, $"a topic is made and deleted: {_runner.Output.Replies[0].Message}");
    }
}
