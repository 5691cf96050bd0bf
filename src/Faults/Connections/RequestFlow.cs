using System.Net.Sockets;
using Semel.Protocol;

namespace Semel.Faults.Connections;

/// <summary>From the client to the broker. Writes down which answers the broker owes before it can give them.</summary>
sealed class RequestFlow(Socket client, Socket broker, ConnectionContext context) : FrameFlow(client, broker, context)
{
    long _ordinal;

    protected override Identity Identify(ReadOnlyMemory<byte> frame, out FrameFacts facts) =>
        FrameFacts.TryReadRequest(frame, Context.Number, _ordinal++, out facts) ? Identity.Known : Identity.Unknown;

    protected override ValueTask DeliverAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, PutAside? overtaken, CancellationToken cancellation)
    {
        // The client wants the answers in its own order: the answer to this one is kept back until that to the overtaken one has passed.
        var isBehindNext = overtaken is not null && IsAnswered(overtaken.Frame, overtaken.Facts);
        return DeliverAsync(frame, facts, isSurplus: false, isBehindNext, cancellation);
    }

    protected override async ValueTask RepeatAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, TimeSpan? later, PutAside? overtaken, CancellationToken cancellation)
    {
        await DeliverAsync(frame, facts, overtaken, cancellation).ConfigureAwait(false);
        if (later is { } time) Context.Late.Schedule(frame, facts, Context.Upstream, time);
        else await DeliverAsync(frame, facts, isSurplus: true, isBehindNext: false, cancellation).ConfigureAwait(false);
    }

    protected override void Hold(ReadOnlyMemory<byte> frame, FrameFacts facts, TimeSpan? later)
    {
        if (later is { } time) Context.Late.Schedule(frame, facts, Context.Upstream, time);
        else Context.Late.Hold(frame, facts, Context.Upstream);
    }

    /// <summary>Counts before it sends: who has seen what a frame led to shall find it counted.</summary>
    async ValueTask DeliverAsync(ReadOnlyMemory<byte> frame, FrameFacts facts, bool isSurplus, bool isBehindNext, CancellationToken cancellation)
    {
        if (IsAnswered(frame, facts)) Context.Expected.Add(new ExpectedAnswer(facts, isSurplus, isBehindNext));
        Context.Ledger.Passed(facts);
        await SendAsync(frame, cancellation).ConfigureAwait(false);
    }

    static bool IsAnswered(ReadOnlyMemory<byte> frame, in FrameFacts facts) => facts.ApiKey != ApiKey.Produce || FrameFacts.IsAnswered(frame);
}
