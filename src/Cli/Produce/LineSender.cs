using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>Turns lines into records and hands them on, in their order. Not thread safe.</summary>
/// <param name="before">What becomes of the records before a line that is refused.</param>
public sealed class LineSender(IRecordTarget target, string topic, int? partition, LineFormat format, AcknowledgementReport report, bool oneAtATime, string before = "were sent")
{
    public string Topic => topic;

    /// <summary>How many records have been accepted.</summary>
    public long Accepted { get; private set; }

    /// <param name="input">What the lines come from, for messages.</param>
    /// <param name="limit">How many records there may be in all.</param>
    /// <exception cref="CommandException">A line cannot be taken apart.</exception>
    /// <exception cref="KafkaException">The producer accepts no more.</exception>
    public async Task SendAsync(string input, LineReader lines, long limit, CancellationToken stop)
    {
        while (Accepted < limit && await NextAsync(lines, stop).ConfigureAwait(false) is { } line)
        {
            if (format.Parse(line, out var reason) is not { } record)
                throw new CommandException(ExitCode.Failed, $"{Place(input, lines)} is refused: {reason}. {Accepted} records before it {before}.", "Correct the line, or change the separators; see 'semel help produce'.");
            var delivery = await AcceptOrNameAsync(record, input, lines, stop).ConfigureAwait(false);
            Accepted++;
            await report.AddAsync(Accepted, delivery).ConfigureAwait(false);
            if (oneAtATime) await EndedAsync(delivery).ConfigureAwait(false);
        }
    }

    /// <summary>A line that the client can never send is named, as one that cannot be taken apart is.</summary>
    async ValueTask<Delivery> AcceptOrNameAsync(LineRecord record, string input, LineReader lines, CancellationToken stop)
    {
        try
        {
            await target.PrepareAsync(stop).ConfigureAwait(false);
            return await AcceptAsync(record, stop).ConfigureAwait(false);
        }
        catch (ProduceException refused) when (refused.Error.LocalCode == LocalErrorCode.MessageTooLarge)
        {
            throw new CommandException(ExitCode.Failed, $"{Place(input, lines)} is refused: it is larger than max.request.size. {Accepted} records before it {before}, and none behind it.", "Split it, or raise max.request.size (-X max.request.size=...) and the topic's max.message.bytes.", refused);
        }
    }

    /// <summary>A read of a terminal cannot be called back: when the user interrupts, it is left behind.</summary>
    static ValueTask<ReadOnlyMemory<byte>?> NextAsync(LineReader lines, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var next = lines.ReadAsync(CancellationToken.None);
        return next.IsCompleted ? next : new ValueTask<ReadOnlyMemory<byte>?>(next.AsTask().WaitAsync(stop));
    }

    ValueTask<Delivery> AcceptAsync(in LineRecord record, CancellationToken stop)
    {
        var headers = record.Headers.Count > 0 ? new Headers(record.Headers) : null;
        var raw = (record.Key, record.Value) switch
        {
            ({ } key, { } value) => new RawRecord { Partition = partition, Key = key.Span, Value = value.Span, Headers = headers },
            ({ } key, null) => new RawRecord { Partition = partition, Key = key.Span, Headers = headers },
            (null, { } value) => new RawRecord { Partition = partition, Value = value.Span, Headers = headers },
            _ => new RawRecord { Partition = partition, Headers = headers },
        };
        return target.TryProduce(topic, raw, out var delivery) ? new ValueTask<Delivery>(delivery) : target.EnqueueAsync(topic, raw, stop);
    }

    static async Task EndedAsync(Delivery delivery)
    {
        try
        {
            await delivery.ConfigureAwait(false);
        }
        catch (ProduceException)
        {
            // The report tells it.
        }
    }

    static string Place(string input, LineReader lines) => input == "-" ? $"line {lines.LineCount}" : $"{input}, line {lines.LineCount}";
}
