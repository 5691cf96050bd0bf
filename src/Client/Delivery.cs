using System.Runtime.CompilerServices;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client;

/// <summary>
/// An accepted record on its way. Awaiting it waits for the final report; it may be awaited any number of times, by any number of tasks, or dropped:
/// dropping withdraws nothing. Waiting on it allocates nothing of its own.
/// </summary>
public readonly struct Delivery
{
    readonly DeliveryGroup? _group;
    readonly int _index;
    readonly long _timestamp;

    internal Delivery(DeliveryGroup group, int index, long timestamp)
    {
        _group = group;
        _index = index;
        _timestamp = timestamp;
    }

    DeliveryGroup Group => _group ?? throw new InvalidOperationException("this delivery belongs to no record: use one that a produce call returned");

    /// <summary>Where the record goes: its partition was chosen when it was accepted.</summary>
    /// <exception cref="InvalidOperationException">This is the default value and belongs to no record.</exception>
    public TopicPartition TopicPartition => Group.Partition;

    /// <summary>Whether the final report is there.</summary>
    public bool IsCompleted => Group.HasEnded(_index);

    public DeliveryAwaiter GetAwaiter() => new(Group, _index, _timestamp, capturesContext: true);

    /// <param name="continueOnCapturedContext">False: what follows the await runs on the thread pool, whatever the caller's context.</param>
    public ConfiguredDelivery ConfigureAwait(bool continueOnCapturedContext) => new(new DeliveryAwaiter(Group, _index, _timestamp, continueOnCapturedContext));

    /// <summary>The same as a task, for APIs that want one.</summary>
    /// <param name="cancellation">Ends the wait only: the record is delivered and counted all the same.</param>
    public Task<DeliveryResult> AsTask(CancellationToken cancellation = default)
    {
        var task = WaitAsync(this);
        return cancellation.CanBeCanceled ? task.WaitAsync(cancellation) : task;
    }

    static async Task<DeliveryResult> WaitAsync(Delivery delivery) => await delivery.ConfigureAwait(false);
}

/// <summary>A <see cref="Delivery"/> to be awaited with or without the caller's context.</summary>
public readonly struct ConfiguredDelivery
{
    readonly DeliveryAwaiter _awaiter;

    internal ConfiguredDelivery(DeliveryAwaiter awaiter) => _awaiter = awaiter;

    public DeliveryAwaiter GetAwaiter() => _awaiter;
}

/// <summary>What the compiler awaits a <see cref="Delivery"/> by.</summary>
public readonly struct DeliveryAwaiter : ICriticalNotifyCompletion
{
    readonly DeliveryGroup _group;
    readonly int _index;
    readonly long _timestamp;
    readonly bool _capturesContext;

    internal DeliveryAwaiter(DeliveryGroup group, int index, long timestamp, bool capturesContext)
    {
        _capturesContext = capturesContext;
        _group = group;
        _index = index;
        _timestamp = timestamp;
    }

    public bool IsCompleted => _group.HasEnded(_index);

    /// <exception cref="ProduceException">The record was not delivered, or nobody knows whether it was.</exception>
    public DeliveryResult GetResult() => _group.GetResult(_index, _timestamp);

    public void OnCompleted(Action continuation)
    {
        var flowing = ExecutionContext.Capture();
        UnsafeOnCompleted(flowing is null ? continuation : () => ExecutionContext.Run(flowing, static run => ((Action)run!)(), continuation));
    }

    public void UnsafeOnCompleted(Action continuation)
    {
        var context = _capturesContext ? SynchronizationContext.Current : null;
        if (context?.GetType() == typeof(SynchronizationContext)) context = null;
        if (!_group.TryOnCompleted(_index, continuation, context)) ThreadPool.UnsafeQueueUserWorkItem(static run => run(), continuation, preferLocal: false);
    }
}
