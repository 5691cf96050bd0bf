using System.Buffers.Binary;
using System.Diagnostics;
using System.Threading.Channels;
using Semel.Cli.Produce;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Demo;

/// <summary>
/// One run: a broker process, a network that misbehaves, a producer, a crash in the middle, and a count of what is there in the end.
///
/// The lines go through the network one after the other into one partition, each with its number in a header. When the broker has stored half of them it is
/// killed, before it could say
/// so, and started again on the same folder and port, while the producer goes on. Then everything is read back from the restarted broker.
/// </summary>
public sealed class DemoRun(DemoPlan plan, LineSource source, bool idempotent, DemoProgress progress)
{
    const string NumberHeader = "line";

    static readonly TimeSpan SendLimit = TimeSpan.FromMinutes(5), ReadLimit = TimeSpan.FromMinutes(1);

    readonly LineLedger _ledger = new();
    readonly TaskCompletionSource _restartFailed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long _acknowledged, _failed, _duplicatesBefore;
    int _crashes;
    BrokerProcess? _broker;

    public async Task<DemoOutcome> RunAsync(long lines, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var folder = new TemporaryFolder();
        try
        {
            await using var network = new FaultyNetwork(plan.Seed, lines, idempotent, token => CrashAndRestartAsync(folder.Path, lines, token));
            network.Start();
            _broker = await BrokerProcess.StartAsync(folder.Path, 0, network.Port, stop).ConfigureAwait(false);
            network.BrokerPort = _broker.Port;
            await SendWithinLimitAsync(network, lines, stop).ConfigureAwait(false);
            progress.Step("  reading everything back");
            await ReadBackAsync(stop).ConfigureAwait(false);
            await _broker.KillAsync().ConfigureAwait(false);
            var counts = network.Counts;
            return new DemoOutcome(idempotent, _ledger.Account(), _acknowledged, counts.AcknowledgementsDropped, counts.RequestsRepeated, counts.RequestsCorrupted, counts.ConnectionsCut,
                _duplicatesBefore + _broker.Duplicates, _crashes, clock.Elapsed);
        }
        finally
        {
            // The network is gone by now, so nobody starts a broker any more.
            if (_broker is not null) await _broker.DisposeAsync().ConfigureAwait(false);
        }
    }

    async Task SendWithinLimitAsync(FaultyNetwork network, long lines, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(SendLimit);
        var sending = SendAsync(network.Port, lines, limited.Token);
        if (await Task.WhenAny(sending, _restartFailed.Task).ConfigureAwait(false) != sending)
        {
            await limited.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _restartFailed.Task.ConfigureAwait(false);
        }
        await sending.ConfigureAwait(false);
        await network.DeliverLateAsync().ConfigureAwait(false);
    }

    async Task CrashAndRestartAsync(string folder, long lines, CancellationToken stop)
    {
        var killed = _broker!;
        progress.Step($"  killing the broker after {Interlocked.Read(ref _acknowledged):N0} of {lines:N0} lines, and starting it again on the same data");
        await killed.KillAsync().ConfigureAwait(false);
        _duplicatesBefore = killed.Duplicates;
        _crashes++;
        await killed.DisposeAsync().ConfigureAwait(false);
        try
        {
            _broker = await BrokerProcess.StartAsync(folder, killed.Port, killed.AdvertisedPort, stop).ConfigureAwait(false);
        }
        catch (CommandException failure)
        {
            // The network's task, on which this runs, has nobody who looks at it.
            _restartFailed.TrySetException(failure);
        }
    }

    async Task SendAsync(int port, long lines, CancellationToken stop)
    {
        await using var producer = new ProducerBuilder<Null, Null>(plan.ProducerSettings(port, idempotent)).Build();
        var onTheWay = Channel.CreateBounded<Delivery>(new BoundedChannelOptions(plan.MostInFlight) { SingleReader = true, SingleWriter = true });
        var counting = CountAsync(onTheWay.Reader, lines);
        try
        {
            await using var stream = source.Open();
            var reader = LineSource.Lines(stream);
            while (await reader.ReadAsync(stop).ConfigureAwait(false) is { } line)
            {
                var number = _ledger.SentCount;
                _ledger.Sent(line.Span);
                await onTheWay.Writer.WriteAsync(await AcceptAsync(producer, number, line, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
            }
            await producer.FlushAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            onTheWay.Writer.TryComplete();
        }
        await counting.WaitAsync(stop).ConfigureAwait(false);
    }

    static ValueTask<Delivery> AcceptAsync(IProducer producer, long number, ReadOnlyMemory<byte> line, CancellationToken stop)
    {
        var numberBytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(numberBytes, number);
        var headers = new Headers();
        headers.Add(NumberHeader, numberBytes);
        return producer.EnqueueAsync(DemoPlan.Topic, new RawRecord { Partition = 0, Value = line.Span, Headers = headers }, stop);
    }

    async Task CountAsync(ChannelReader<Delivery> onTheWay, long lines)
    {
        await foreach (var delivery in onTheWay.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await delivery.ConfigureAwait(false);
                progress.Sent(Interlocked.Increment(ref _acknowledged), lines);
            }
            catch (ProduceException failure)
            {
                // Not acknowledged, so not counted: the table shows the difference, and the ledger what is really there.
                if (_failed++ == 0) progress.Step($"  a line was not acknowledged: {failure.Message} ({failure.Status})");
            }
        }
    }

    async Task ReadBackAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(ReadLimit);
        await using var consumer = new ConsumerBuilder<byte[], byte[]>([new("bootstrap.servers", $"127.0.0.1:{_broker!.Port}"), new("enable.partition.eof", "true"), new("max.poll.records", "5000")]).Build();
        consumer.Assign(new TopicPartitionOffset(DemoPlan.Topic, 0, Offset.Beginning));
        for (var isAtEnd = false; !isAtEnd;)
        {
            using var batch = await consumer.ConsumeBatchAsync(limited.Token).ConfigureAwait(false);
            foreach (var record in batch) _ledger.Found(NumberOf(record), record.RawValue);
            isAtEnd = batch.PartitionEnds.Count > 0;
        }
    }

    static long NumberOf(in RecordView<byte[], byte[]> record)
    {
        foreach (var header in record.Headers)
            if (header.Value.Length == 8) return BinaryPrimitives.ReadInt64BigEndian(header.Value);
        return -1;
    }
}
