using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Semel.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Semel's clients to a host.</summary>
public static class SemelServiceCollectionExtensions
{
    /// <summary>
    /// Clients that are configured by a section of the host's configuration. Keys directly in the section are every client's; <c>Producer</c>, <c>TransactionalProducer</c>, <c>Consumer</c> and
    /// <c>Admin</c> hold those of the client without a name, <c>Producers:NAME</c> and so on those of a named one. A key is written as Kafka has it (linger.ms) or as a
    /// property (LingerMs). All of it is checked when the host starts, by the rules and in the words of the clients themselves.
    /// </summary>
    /// <param name="section">Where the settings are: a path with colons.</param>
    public static SemelBuilder AddSemel(this IServiceCollection services, string section = "Semel") =>
        Add(services, provider => provider.GetService<IConfiguration>()?.GetSection(section));

    /// <summary>The same, by a section that is given.</summary>
    public static SemelBuilder AddSemel(this IServiceCollection services, IConfiguration section) => Add(services, _ => section);

    static SemelBuilder Add(IServiceCollection services, Func<IServiceProvider, IConfiguration?> settings)
    {
        services.AddOptions();
        services.TryAddSingleton<ClientRegistry>();
        // In StoppedAsync: when every hosted service has stopped, nobody uses a client any more, whatever the order of the registrations was.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClosingService>());
        return new SemelBuilder(services, settings);
    }
}
