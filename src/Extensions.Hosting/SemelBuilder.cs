using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Semel.Client;
using Semel.Extensions.Hosting.Health;
using Semel.Extensions.Hosting.Settings;
using Semel.Protocol;

namespace Semel.Extensions.Hosting;

/// <summary>
/// Says which clients a host has. Each is one instance for the whole host, made when it is first asked for, and closed when every hosted service has stopped. A client without a name is a
/// service by its type, a named one a keyed service. Each has a health check of the name semel-KIND-NAME, for a host that has called AddHealthChecks. Not thread safe.
/// </summary>
public sealed class SemelBuilder
{
    readonly Func<IServiceProvider, IConfiguration?> _settings;
    readonly HashSet<(ClientKind, string)> _added = [];

    internal SemelBuilder(IServiceCollection services, Func<IServiceProvider, IConfiguration?> settings)
    {
        (Services, _settings) = (services, settings);
        services.AddSingleton<IHostedService>(provider => new SettingsOfNobody(settings(provider), _added, HostingLog.Of(provider)));
    }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>A producer, as <see cref="IProducer{TKey, TValue}"/>.</summary>
    /// <param name="name">Null for the producer without a name.</param>
    /// <param name="configure">Sets keys beside those of the configuration, and over them.</param>
    /// <param name="build">Gives serializers and a partitioner.</param>
    public SemelBuilder AddProducer<TKey, TValue>(string? name = null, Action<ProducerConfig>? configure = null, Action<IServiceProvider, ProducerBuilder<TKey, TValue>>? build = null, ClientHealthOptions? health = null) =>
        Add<IProducer<TKey, TValue>, ProducerConfig>(ClientKind.Producer, name ?? "", configure, static config => config.Validate(isTransactional: false), health, (services, config) =>
        {
            var builder = new ProducerBuilder<TKey, TValue>(config).UseLoggerFactory(HostingLog.Loggers(services));
            if (services.GetService<TimeProvider>() is { } time) builder.UseTimeProvider(time);
            build?.Invoke(services, builder);
            var producer = builder.Build();
            return (producer, () => new ClientFacts { Connections = Of(producer) });
        });

    /// <summary>A producer of transactions, as <see cref="ITransactionalProducer{TKey, TValue}"/>. Whoever uses it calls InitTransactionsAsync before the first transaction.</summary>
    /// <inheritdoc cref="AddProducer" path="/param"/>
    public SemelBuilder AddTransactionalProducer<TKey, TValue>(string? name = null, Action<ProducerConfig>? configure = null, Action<IServiceProvider, ProducerBuilder<TKey, TValue>>? build = null, ClientHealthOptions? health = null) =>
        Add<ITransactionalProducer<TKey, TValue>, ProducerConfig>(ClientKind.TransactionalProducer, name ?? "", configure, static config => config.Validate(isTransactional: true), health, (services, config) =>
        {
            var builder = new ProducerBuilder<TKey, TValue>(config).UseLoggerFactory(HostingLog.Loggers(services));
            if (services.GetService<TimeProvider>() is { } time) builder.UseTimeProvider(time);
            build?.Invoke(services, builder);
            var producer = builder.BuildTransactional();
            return (producer, () => TransactionFacts.Of(producer.State, Of(producer)));
        });

    /// <summary>A consumer, as <see cref="IConsumer{TKey, TValue}"/>. Whoever asks for it reads alone: to read in the background, see <see cref="ConsumerService{TKey, TValue}"/>.</summary>
    /// <inheritdoc cref="AddProducer" path="/param"/>
    /// <param name="build">Gives deserializers.</param>
    public SemelBuilder AddConsumer<TKey, TValue>(string? name = null, Action<ConsumerConfig>? configure = null, Action<IServiceProvider, ConsumerBuilder<TKey, TValue>>? build = null, ClientHealthOptions? health = null) =>
        Add<IConsumer<TKey, TValue>, ConsumerConfig>(ClientKind.Consumer, name ?? "", configure, static config => config.Validate(), health, (services, config) =>
        {
            var builder = new ConsumerBuilder<TKey, TValue>(config).UseLoggerFactory(HostingLog.Loggers(services));
            if (services.GetService<TimeProvider>() is { } time) builder.UseTimeProvider(time);
            build?.Invoke(services, builder);
            var consumer = builder.Build();
            return (consumer, () => FactsOf(consumer));
        });

    /// <summary>Reads topics in the background with a consumer that was added, as <see cref="ConsumerService{TKey, TValue}"/> does, and hands each record to a handler of its own scope.</summary>
    /// <param name="name">The consumer's name; null for the one without.</param>
    /// <param name="topics">To subscribe to; a name that begins with ^ is a regular expression of the whole name.</param>
    /// <exception cref="ArgumentException">There are no topics.</exception>
    public SemelBuilder AddHandler<TKey, TValue, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(string? name, params IReadOnlyCollection<string> topics)
        where THandler : class, IRecordHandler<TKey, TValue>
    {
        if (topics.Count == 0) throw new ArgumentException($"{typeof(THandler).Name} reads nothing: name at least one topic", nameof(topics));
        Services.TryAddScoped<THandler>();
        Services.AddSingleton<IHostedService>(provider => new ScopedConsumerService<TKey, TValue, THandler>(
            name is null ? provider.GetRequiredService<IConsumer<TKey, TValue>>() : provider.GetRequiredKeyedService<IConsumer<TKey, TValue>>(name), provider, topics));
        return this;
    }

    /// <summary>An admin client, as <see cref="IAdminClient"/>.</summary>
    /// <inheritdoc cref="AddProducer" path="/param"/>
    public SemelBuilder AddAdminClient(string? name = null, Action<AdminClientConfig>? configure = null, ClientHealthOptions? health = null) =>
        Add<IAdminClient, AdminClientConfig>(ClientKind.Admin, name ?? "", configure, static config => config.Validate(), health, static (services, config) =>
        {
            var builder = new AdminClientBuilder(config).UseLoggerFactory(HostingLog.Loggers(services));
            if (services.GetService<TimeProvider>() is { } time) builder.UseTimeProvider(time);
            var admin = builder.Build();
            return (admin, () => new ClientFacts { Connections = Of(admin) });
        });

    SemelBuilder Add<TClient, TConfig>(ClientKind kind, string name, Action<TConfig>? configure, Action<TConfig> check, ClientHealthOptions? health, Func<IServiceProvider, TConfig, (TClient Client, Func<ClientFacts> Facts)> make)
        where TClient : class, IAsyncDisposable where TConfig : ClientConfig, new()
    {
        if (!_added.Add((kind, name))) throw new InvalidOperationException($"a {kind} {(name.Length == 0 ? "without a name" : $"'{name}'")} is there already: give each client a name of its own");
        // Several clients may be configured by one type under one name: a producer and a transactional one are two.
        var options = OptionsName(kind, name);
        var settings = _settings;
        Services.AddSingleton<IConfigureOptions<TConfig>>(provider => new ConfigureNamedOptions<TConfig>(options, config =>
        {
            if (settings(provider) is { } root) SectionSettings.Apply(root, kind, name, config);
            configure?.Invoke(config);
        }));
        Services.AddSingleton<IValidateOptions<TConfig>>(new ConfigValidation<TConfig>(options, check));
        Services.AddOptionsWithValidateOnStart<TConfig>(options);
        if (name.Length == 0) Services.AddSingleton(Make);
        else Services.AddKeyedSingleton(name, (provider, _) => Make(provider));
        var limits = health ?? new ClientHealthOptions();
        Services.Configure<HealthCheckServiceOptions>(checks => checks.Registrations.Add(new HealthCheckRegistration(
            $"semel-{kind.ToString().ToLowerInvariant()}{(name.Length == 0 ? "" : $"-{name}")}", provider => new ClientHealthCheck(provider.GetRequiredService<ClientRegistry>(), kind, name, limits), null, limits.Tags)));
        return this;

        TClient Make(IServiceProvider provider)
        {
            var config = provider.GetRequiredService<IOptionsMonitor<TConfig>>().Get(options);
            var (client, facts) = make(provider, config);
            return provider.GetRequiredService<ClientRegistry>().Add(kind, name, client, facts);
        }
    }

    static string OptionsName(ClientKind kind, string name) => kind == ClientKind.TransactionalProducer ? $"transactional:{name}" : name;

    static ConnectionSummary Of(object client) => client is IConnectedClient connected ? connected.Connections : new ConnectionSummary(0, []);

    static ClientFacts FactsOf<TKey, TValue>(IConsumer<TKey, TValue> consumer)
    {
        long lag = 0;
        var (assigned, stopped) = (0, 0);
        foreach (var partition in consumer.Assignment)
        {
            assigned++;
            // It may be gone since the picture was made.
            if (TryPositions(consumer, partition) is not { } positions) continue;
            lag += positions.Lag ?? 0;
            if (positions.IsStopped) stopped++;
        }
        return new ClientFacts { Connections = Of(consumer), Assigned = assigned, Stopped = stopped, Lag = lag };
    }

    static PartitionPositions? TryPositions<TKey, TValue>(IConsumer<TKey, TValue> consumer, TopicPartition partition)
    {
        try { return consumer.GetPositions(partition); }
        catch (InvalidOperationException) { return null; }
    }
}
