using System.Collections.Concurrent;

namespace Semel.Client.Transacting.Sending;

/// <summary>The calls that wait for the machine to end them. Thread safe.</summary>
internal sealed class TransactionCalls
{
    readonly ConcurrentDictionary<long, TaskCompletionSource<CallEnd>> _waiting = new();
    long _last;

    /// <param name="until">When its time is over; null when its caller's token says so.</param>
    public (TransactionCall Call, Task<CallEnd> Ended) Begin(TimeSpan? until)
    {
        var call = new TransactionCall(Interlocked.Increment(ref _last), until);
        // The awaiting code must not run on the machine's loop.
        var ended = new TaskCompletionSource<CallEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[call.Number] = ended;
        return (call, ended.Task);
    }

    public void End(EndCall end)
    {
        if (_waiting.TryRemove(end.Call, out var ended)) ended.TrySetResult(end.End);
    }

    /// <summary>Nobody runs the machine any more.</summary>
    public void EndAll(CallEnd end)
    {
        foreach (var call in _waiting.Keys) End(new EndCall(call, end));
    }
}
