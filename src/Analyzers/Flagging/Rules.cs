using Microsoft.CodeAnalysis;

namespace Semel.Analyzers;

/// <summary>Every rule: its number, what it says, and why.</summary>
public static class Rules
{
    const string Correctness = "Semel.Correctness", Moving = "Semel.MovingOn";

    public static readonly DiagnosticDescriptor SwallowedAbortable = new("SEMEL001", "A failure of a transaction is swallowed",
        "This catches '{0}' around records of a transaction and goes on: the transaction can only be aborted from here. Abort it, or throw on.", Correctness,
            DiagnosticSeverity.Warning, true);

    public static readonly DiagnosticDescriptor CatchAll = new("SEMEL002", "Everything is caught around the body of a transaction",
        "This catches everything around records of a transaction and goes on, a failed record among it: what is committed afterwards lacks a part. Catch what can be mended, or throw on.", Correctness,
        DiagnosticSeverity.Warning, true);

    public static readonly DiagnosticDescriptor DroppedDelivery = new("SEMEL003", "A delivery is dropped and nobody flushes",
        "The delivery of this record is dropped, and '{0}' is never flushed here: a failure is told to nobody. Await the delivery, or await FlushAsync and look at Failed.", Correctness, DiagnosticSeverity.Warning, true);

    public static readonly DiagnosticDescriptor RandomId = new("SEMEL004", "A transactional id is another one after each start",
        "'{0}' makes this transactional id another one after each start: nobody fences the instance before, and what that left open stays open until its time-out. Derive it from the application and its slot.",
        Correctness, DiagnosticSeverity.Warning, true);

    public static readonly DiagnosticDescriptor BlockingDispose = new("SEMEL005", "A producer is disposed of on a thread that waits",
        "'using' holds this thread until what was produced is delivered, up to close.timeout.ms. Write 'await using'.", Correctness,
            DiagnosticSeverity.Warning, true);

    public static readonly DiagnosticDescriptor ConsumeLoop = new("SEMEL101", "A loop around Consume can be an await foreach",
        "This loop blocks a thread; Semel.Client's consumer is read with 'await foreach (var record in {0}.ConsumeAsync(cancellation))'", Moving,
            DiagnosticSeverity.Info, true);

    public static readonly DiagnosticDescriptor ProduceCall = new("SEMEL102", "Produce can be an awaited EnqueueAsync",
        "Produce throws Local_QueueFull when there is no room; Semel.Client's EnqueueAsync waits for room, and FlushAsync tells how many records failed",
            Moving, DiagnosticSeverity.Info, true);

    public static readonly DiagnosticDescriptor TransactionCalls = new("SEMEL103", "Begin, produce, commit can be one ExecuteAsync",
        "Semel.Client's ExecuteAsync begins, runs, commits, and aborts and repeats what can be repeated", Moving, DiagnosticSeverity.Info, true);
}
