using System.Collections.Concurrent;
using Semel.Client.Connections;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>What the machine's effects are carried out by.</summary>
internal interface IEffectPerformer
{
    void Perform(ProducerEffect effect);

    /// <summary>After each turn.</summary>
    void TurnEnded(ProducerMachine machine);

    /// <summary>The loop ended by a defect.</summary>
    void Fail(Exception failure);
}

/// <summary>
/// Drives the machine: takes what was posted, in the order of the posts, lets time pass, has the effects carried out, and sleeps until something is posted or a moment
/// comes for which the machine asked. The only thread of the machine at any time. Posting is thread safe.
/// </summary>
internal sealed class ProducerLoop(ProducerMachine machine, TimeProvider time, Func<TimeSpan> now)
{
    readonly ConcurrentQueue<ProducerInput> _posted = new();
    readonly Signal _wake = new(time);
    volatile bool _isEnding;

    public void Post(ProducerInput input)
    {
        _posted.Enqueue(input);
        _wake.Set();
    }

    /// <summary>The loop ends once nothing is posted any more and the machine has nothing left.</summary>
    public void End()
    {
        _isEnding = true;
        _wake.Set();
    }

    public async Task RunAsync(IEffectPerformer performer)
    {
        try
        {
            while (true)
            {
                Turn(performer);
                if (!_posted.IsEmpty) continue;
                if (_isEnding && !machine.HasWork) return;
                await _wake.WaitAsync(UntilDeadline(), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            performer.Fail(failure);
        }
    }

    void Turn(IEffectPerformer performer)
    {
        while (_posted.TryDequeue(out var input)) machine.Take(input, now());
        machine.Advance(now());
        foreach (var effect in machine.TakeEffects()) performer.Perform(effect);
        performer.TurnEnded(machine);
    }

    TimeSpan UntilDeadline()
    {
        if (machine.NextDeadline is not { } deadline) return Timeout.InfiniteTimeSpan;
        var wait = deadline - now();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
