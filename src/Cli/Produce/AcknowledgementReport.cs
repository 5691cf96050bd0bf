using System.Threading.Channels;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>
/// Waits for the deliveries in the order in which the lines were read, counts them, and prints them when asked. One task reads; one adds.
/// </summary>
public sealed class AcknowledgementReport
{
    const int FailuresShown = 10, MostWaiting = 65_536;

    readonly Channel<(long Line, Delivery Delivery, EndedTransaction? Ended)> _waiting = Channel.CreateBounded<(long, Delivery, EndedTransaction?)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, SingleWriter = true });
    readonly Terminal _terminal;
    readonly TroubleWatch _watch;
    readonly bool _linesAreTold;
    volatile bool _isQuiet;
    bool _asJson;
    readonly Task _reading;

    /// <param name="watch">Hears of what was stored.</param>
    public AcknowledgementReport(Terminal terminal, bool asJson, TroubleWatch watch)
    {
        _terminal = terminal;
        _watch = watch;
        _asJson = asJson;
        _linesAreTold = !asJson;
        _reading = Task.Run(ReadAsync);
    }

    public long Stored { get; private set; }

    public long Failed { get; private set; }

    public KafkaException? FirstFailure { get; private set; }

    /// <summary>The end of a sentence that counts the failures: why they failed, unless each line's reason has been told already.</summary>
    public string Reasons => _watch.GivenUp is { } trouble ? $": {trouble.Message}." : _linesAreTold
        ? Failed > FailuresShown ? $"; the first {FailuresShown} are shown above." : "."
        : $". The first reason: {FirstFailure!.Message}";

    /// <summary>Why acknowledgements could not be printed; null when they were, or when nobody wanted to read them.</summary>
    public CommandException? OutputFailure { get; private set; }

    /// <summary>Waits when very many deliveries are under way.</summary>
    public ValueTask AddAsync(long line, Delivery delivery)
    {
        _watch.Asked();
        return _waiting.Writer.WriteAsync((line, delivery, null));
    }

    /// <summary>Told behind the records that were added before.</summary>
    public ValueTask AddAsync(EndedTransaction ended) => _waiting.Writer.WriteAsync((0, default, ended));

    /// <summary>What fails from now on fails because it is given up, which is told otherwise.</summary>
    public void TellNoMoreLines() => _isQuiet = true;

    /// <summary>Completes when every delivery has ended.</summary>
    public Task CompleteAsync()
    {
        _waiting.Writer.TryComplete();
        return _reading;
    }

    async Task ReadAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_waiting.Reader.TryRead(out var next))
            {
                if (next.Ended is { } ended)
                {
                    Print(output => WriteEnded(output, ended));
                    continue;
                }
                // What is printed must not wait behind a delivery that may take long.
                if (!next.Delivery.IsCompleted) Print(static output => output.Flush());
                await ReportAsync(next.Line, next.Delivery).ConfigureAwait(false);
            }
            Print(static output => output.Flush());
        }
    }

    async Task ReportAsync(long line, Delivery delivery)
    {
        try
        {
            var result = await delivery.ConfigureAwait(false);
            Stored++;
            _watch.Worked();
            Print(output => WriteStored(output, line, result));
        }
        catch (ProduceException failure)
        {
            FirstFailure ??= failure;
            Failed++;
            // When the command was given up, the reason of all of them has been told.
            if (_linesAreTold && Failed <= FailuresShown && _watch.GivenUp is null && !_isQuiet) _terminal.Warn($"line {line}: {failure.Message} ({failure.Status})");
            Print(output => WriteFailed(output, line, failure));
        }
    }

    /// <summary>When the acknowledgements cannot be printed any more, the records are sent and counted all the same.</summary>
    void Print(Action<OutputText> print)
    {
        if (!_asJson) return;
        try
        {
            print(_terminal.Output);
        }
        catch (OutputClosedException)
        {
            _asJson = false;
        }
        catch (CommandException failure)
        {
            OutputFailure = failure;
            _asJson = false;
        }
    }

    static void WriteStored(OutputText output, long line, DeliveryResult result)
    {
        var json = output.BeginJsonLine();
        json.WriteStartObject();
        json.WriteNumber("line", line);
        json.WriteString("topic", result.Topic);
        json.WriteNumber("partition", result.Partition);
        if (result.Offset.IsSpecial) json.WriteNull("offset"); else json.WriteNumber("offset", result.Offset.Value);
        if (result.Timestamp.IsSet) json.WriteNumber("timestamp", result.Timestamp.UnixMilliseconds);
        json.WriteString("status", result.Status.ToString());
        json.WriteEndObject();
        output.EndJsonLine();
    }

    static void WriteFailed(OutputText output, long line, ProduceException failure)
    {
        var json = output.BeginJsonLine();
        json.WriteStartObject();
        json.WriteNumber("line", line);
        json.WriteString("topic", failure.TopicPartition.Topic);
        json.WriteNumber("partition", failure.TopicPartition.Partition);
        json.WriteString("status", failure.Status.ToString());
        json.WriteString("error", failure.Error.IsLocal ? failure.Error.LocalCode.ToString() : failure.Error.Code.ToString());
        json.WriteString("message", failure.Message);
        json.WriteEndObject();
        output.EndJsonLine();
    }

    static void WriteEnded(OutputText output, EndedTransaction ended)
    {
        var json = output.BeginJsonLine();
        json.WriteStartObject();
        json.WriteNumber("transaction", ended.Number);
        json.WriteString("outcome", ended.Outcome.ToString());
        json.WriteNumber("records", ended.Records);
        json.WriteEndObject();
        output.EndJsonLine();
    }
}
