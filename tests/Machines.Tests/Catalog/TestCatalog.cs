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

    /// <summary>Which first producer id chance gave.</summary>
    public ProducerId Random { get; set; } = ProducerIdSpace.FirstOf(77_000_000);

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
    public CatalogReply Reserve() => Turn(CatalogCommand.ReserveProducerIds(Random))[0];

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

    /// <summary>Puts a fact into the log that this catalog would not write, as a replay would find it.</summary>
    public void AppendFact((short Type, byte[] Value) fact)
    {
        using var builder = new RecordBatchBuilder(1024);
        Span<byte> type = stackalloc byte[sizeof(short)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt16BigEndian(type, fact.Type);
        Assert.True(builder.TryAppend(0, type, false, fact.Value, false));
        builder.Close(CompressionCodec.None);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, _log.Count, 0);
        _log.Add(batch);
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        Machine.Evolve(header, batch, default);
    }

    public void RestartFrom(byte[] snapshot)
    {
        Machine = Rebuilt(snapshot, System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(snapshot.AsSpan(2)));
        _turns = new(Machine);
    }

    public void Restart()
    {
        Machine = Rebuilt();
        _turns = new(Machine);
    }
}
