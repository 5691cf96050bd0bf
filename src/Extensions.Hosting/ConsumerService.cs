using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Semel.Client;

namespace Semel.Extensions.Hosting;

/// <summary>
/// Reads in the background, record after record, as long as the host runs. A record counts as finished when its handler has returned. When a handler throws, reading stops, the record is not
/// committed, the host is stopped (as the host's BackgroundServiceExceptionBehavior says) and the consumer's health check tells why: nothing is skipped in silence. When the host stops,
/// the handler that runs is waited for, then the consumer commits what is finished and leaves its group, so that others have its partitions at once.
/// </summary>
/// <param name="consumer">Read by nobody else.</param>
public abstract class ConsumerService<TKey, TValue>(IConsumer<TKey, TValue> consumer, IServiceProvider services) : BackgroundService
{
    readonly ILogger _logger = HostingLog.Loggers(services).CreateLogger("Semel.Extensions.Hosting.ConsumerService");

    /// <summary>The consumer.</summary>
    protected IConsumer<TKey, TValue> Consumer => consumer;

    /// <summary>Says what is read: assigns partitions, or subscribes to topics.</summary>
    protected abstract ValueTask BeginAsync(CancellationToken cancellation);

    /// <summary>Handles one record. It is finished when this returns; the next one comes then.</summary>
    /// <param name="cancellation">The host is stopping. A handler that ends by it has not finished its record.</param>
    protected abstract ValueTask HandleAsync(ConsumeResult<TKey, TValue> record, CancellationToken cancellation);

    /// <summary>What follows when a handler has thrown: false (the default) stops, true passes over the record, which is committed then as if it had been handled.</summary>
    protected virtual ValueTask<bool> OnFailureAsync(ConsumeResult<TKey, TValue> record, Exception failure, CancellationToken cancellation) => new(false);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await BeginAsync(stoppingToken).ConfigureAwait(false);
            await foreach (var record in consumer.ConsumeAsync(stoppingToken).ConfigureAwait(false)) await HandleOneAsync(record, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping: what is finished is committed by StopAsync.
        }
        catch (Exception failure)
        {
            if (failure is not HandlerFailedException) HostingLog.ReadingFailed(_logger, failure, failure.Message);
            services.GetService<ClientRegistry>()?.Failed(consumer, failure.InnerException ?? failure);
            throw;
        }
    }

    async ValueTask HandleOneAsync(ConsumeResult<TKey, TValue> record, CancellationToken cancellation)
    {
        try
        {
            await HandleAsync(record, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            var position = $"{record.TopicPartitionOffset}";
            if (!await OnFailureAsync(record, failure, cancellation).ConfigureAwait(false))
            {
                HostingLog.HandlerFailed(_logger, failure, position);
                throw new HandlerFailedException($"the record at {position} could not be handled: {failure.Message}", failure);
            }
            HostingLog.RecordPassed(_logger, failure, position);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        // Only when nobody reads any more: a handler that does not end in the host's time is left to the closing of all clients.
        if (ExecuteTask is null or { IsCompleted: true }) await consumer.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A handler of a <see cref="ConsumerService{TKey, TValue}"/> has thrown, and reading has stopped before its record.</summary>
public sealed class HandlerFailedException(string message, Exception failure) : Exception(message, failure);
