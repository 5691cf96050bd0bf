using System.Net.Sockets;
using Semel.Protocol.Wire;

namespace Semel.Faults.Connections;

/// <summary>From the broker to the client. An answer does not say what it answers; that is known from the requests that passed.</summary>
/// <param name="map">The address to tell the client instead of a broker's own.</param>
sealed class AnswerFlow(Socket broker, Socket client, ConnectionContext context, Func<string, int, bool, (string, int)> map) : FrameFlow(broker, client, context)
{
    const int ShortestAnswer = Frame.SizeLength + 4;

    long _ordinal;

    protected override Identity Identify(ReadOnlyMemory<byte> frame, out FrameFacts facts)
    {
        facts = default;
        if (frame.Length < ShortestAnswer || Context.Expected.Take(FrameFacts.CorrelationIdOf(frame.Span)) is not { } expected) return Identity.Unknown;
        if (expected.IsSurplus)
        {
            Context.Ledger.Note(Context.Number, $"the second delivery was answered with {frame.Length} bytes", expected.Request);
            return Identity.Surplus;
        }
        facts = expected.Request.AnsweredBy(_ordinal++, frame.Length);
        return expected.IsBehindNext ? Identity.AfterNext : Identity.Known;
    }

    protected override ValueTask DeliverAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, PutAside? overtaken, CancellationToken cancellation)
    {
        Context.Ledger.Passed(facts);
        return SendAsync(Rewritten(frame, facts), cancellation);
    }

    protected override async ValueTask RepeatAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, TimeSpan? later, PutAside? overtaken, CancellationToken cancellation)
    {
        await DeliverAsync(frame, facts, overtaken, cancellation).ConfigureAwait(false);
        if (later is { } time) await Task.Delay(time, Context.Options.TimeProvider, cancellation).ConfigureAwait(false);
        await DeliverAsync(frame, facts, null, cancellation).ConfigureAwait(false);
    }

    protected override void Hold(ReadOnlyMemory<byte> frame, FrameFacts facts, TimeSpan? later) => throw new InvalidOperationException("a rule holds no answers");

    ReadOnlyMemory<byte> Rewritten(ReadOnlyMemory<byte> frame, FrameFacts facts)
    {
        if (!Context.Options.RewriteAddresses || !AddressRewriter.MayTellAddresses(facts.ApiKey, facts.ApiVersion)) return frame;
        try
        {
            return AddressRewriter.Rewrite(frame, facts.ApiKey, facts.ApiVersion, map) ?? frame;
        }
        catch (Exception failure) when (failure is WireFormatException or InvalidOperationException)
        {
            // A corrupted answer, or one with something new in it: the client shall see what the broker said.
            Context.Ledger.Note(Context.Number, $"passes as it is, for its addresses cannot be read: {failure.Message}", facts);
            return frame;
        }
    }
}
