using Microsoft.Extensions.DependencyInjection;
using Semel.Client;

namespace Semel.Extensions.Hosting;

/// <summary>Hands each record to a handler of its own scope.</summary>
internal sealed class ScopedConsumerService<TKey, TValue, THandler>(IConsumer<TKey, TValue> consumer, IServiceProvider services, IReadOnlyCollection<string> topics) : ConsumerService<TKey, TValue>(consumer, services)
    where THandler : class, IRecordHandler<TKey, TValue>
{
    readonly IServiceScopeFactory _scopes = services.GetRequiredService<IServiceScopeFactory>();

    protected override IReadOnlyCollection<string> Topics => topics;

    protected override async ValueTask HandleAsync(ConsumeResult<TKey, TValue> record, CancellationToken cancellation)
    {
        var scope = _scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false)) await scope.ServiceProvider.GetRequiredService<THandler>().HandleAsync(record, cancellation).ConfigureAwait(false);
    }
}
