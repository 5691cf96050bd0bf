using System.Buffers;
using Semel.Machines.Catalog;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Catalog;

/// <summary>A catalog machine with the turns around it and a list of batches for a log.</summary>
internal sealed class TestCatalog
{
    readonly CatalogOptions _options;
    readonly List<byte[]> _log = [];
    TurnRunner<CatalogCommand, CatalogReply, CatalogView> _turns;
    int _ids;

    public TestCatalog(CatalogOptions? options = null)
    {
        _options = options ?? new CatalogOptions();
        Machine = new CatalogMachine(_options);
        _turns = new(Machine);
    }

    public CatalogMachine Machine { get; private set; }
    public CatalogView View => Machine.View;
    public IReadOnlyList<byte[]> Log => _log;

    public static TopicId Id(int number) => new(new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]));

    public CatalogReply[] Turn(params CatalogCommand[] commands)
    {
        _turns.Decide(commands, new Moment(new Instant(1_000), default));
        foreach (var batch in _turns.Output.Appends) _log.Add(batch.ToArray());
        return [.. _turns.Output.Replies];
    }

    public NewTopic Wanted(string name, int partitions = -1) => new() { Name = name, TopicId = Id(++_ids), PartitionCount = partitions };
    public CatalogReply Create(NewTopic topic) => Turn(CatalogCommand.CreateTopic(topic))[0];
    public CatalogReply Create(string name, int partitions = -1) => Create(Wanted(name, partitions));
    public CatalogReply Create(string name, params (string Name, string? Value)[] configs) =>
        Create(Wanted(name) with { Configs = [.. configs.Select(config => KeyValuePair.Create(config.Name, config.Value))] });
    public CatalogReply Reserve() => Turn(CatalogCommand.ReserveProducerIds)[0];

    public byte[] Save() => Save(Machine);

    public static byte[] Save(CatalogMachine machine)
    {
        var bytes = new ArrayBufferWriter<byte>();
        machine.Save(bytes, default);
        return bytes.WrittenSpan.ToArray();
    }

    public CatalogMachine Rebuilt(byte[]? snapshot = null, long from = 0)
    {
        var machine = new CatalogMachine(_options);
        if (snapshot is not null) Assert.True(machine.TryLoad(snapshot, default));
        machine.StartMoved(0);
        foreach (var batch in _log)
        {
            Assert.True(RecordBatchHeader.TryRead(batch, out var header));
            if (header.BaseOffset >= from) machine.Evolve(header, batch, default);
        }
        return machine;
    }

    public void Restart()
    {
        Machine = Rebuilt();
        _turns = new(Machine);
    }
}
