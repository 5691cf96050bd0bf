using Semel.Client.Producing;

namespace Semel.Client.Tests.Producing;

/// <summary>How whoever drives a machine in virtual time makes its turns.</summary>
internal static class MachineTurns
{
    /// <summary>One moment of the machine: what is told while effects are carried out is in it, and followed by more, until nothing is left to do.</summary>
    public static void Turn(this ProducerMachine machine, TimeSpan now, Action<ProducerEffect> perform)
    {
        machine.Advance(now);
        while (machine.TakeEffects() is { Count: > 0 } effects)
        {
            foreach (var effect in effects) perform(effect);
            machine.Advance(now);
        }
    }

    /// <summary>Goes to the moments for which the machine asks, until it asks for none before the given one.</summary>
    /// <param name="goTo">Makes it that moment, and a turn of the machine there.</param>
    public static void WaitThrough(this ProducerMachine machine, TimeSpan now, TimeSpan until, Action<TimeSpan> goTo)
    {
        for (var steps = 0; machine.NextDeadline is { } deadline && deadline <= until; steps++)
        {
            Assert.True(steps < 10_000, "the machine asks to be woken for ever");
            goTo(now = deadline > now ? deadline : now);
        }
        goTo(until);
    }
}
