using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Semel.Client;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Extensions.Hosting.Tests;

/// <summary>Clients in a host, against the real broker.</summary>
public sealed class HostTests : IAsyncLifetime
{
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    InProcessBroker _broker = null!;

    public async Task InitializeAsync() => _broker = await InProcessBroker.StartAsync();
    public async Task DisposeAsync() => await _broker.DisposeAsync();

    HostApplicationBuilder Builder(params (string Path, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Prepend(("BootstrapServers", _broker.BootstrapServers)).Select(static one => new KeyValuePair<string, string?>($"Semel:{one.Item1}", one.Item2)));
        builder.Services.AddSingleton(_lines).AddLogging(static logging => logging.Services.AddSingleton<ILoggerProvider, Lines>());
        builder.Services.AddHealthChecks();
        return builder;
    }

    readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _lines = new();

    sealed class Lines(ConcurrentQueue<(LogLevel, int, string)> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public void Dispose() { }
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue((logLevel, eventId.Id, formatter(state, exception)));
    }

    /// <summary>Reads topic t from its beginning; what a record says decides what becomes of it.</summary>
    sealed class Reader([FromKeyedServices("in")] IConsumer<string, string> consumer, IServiceProvider services, Handled handled) : ConsumerService<string, string>(consumer, services)
    {
        protected override ValueTask BeginAsync(CancellationToken cancellation)
        {
            Consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
            return default;
        }

        protected override ValueTask HandleAsync(ConsumeResult<string, string> record, CancellationToken cancellation)
        {
            if (record.Message.Value!.StartsWith("bad", StringComparison.Ordinal)) throw new InvalidOperationException($"no such customer: {record.Message.Value}");
            handled.Add(record.Message.Value);
            return default;
        }

        protected override ValueTask<bool> OnFailureAsync(ConsumeResult<string, string> record, Exception failure, CancellationToken cancellation) => new(record.Message.Value == "bad but known");
    }

    sealed class Handled
    {
        readonly TaskCompletionSource _last = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public List<string> Values { get; } = [];
        public Task Last => _last.Task.WaitAsync(Guard);

        public void Add(string value)
        {
            Values.Add(value);
            if (value == "last") _last.SetResult();
        }
    }

    /// <summary>Reads as a member of a group; a bad record stops it.</summary>
    sealed class Member([FromKeyedServices("in")] IConsumer<string, string> consumer, IServiceProvider services, Handled handled) : ConsumerService<string, string>(consumer, services)
    {
        protected override IReadOnlyCollection<string> Topics => ["t"];

        protected override ValueTask HandleAsync(ConsumeResult<string, string> record, CancellationToken cancellation)
        {
            if (record.Message.Value == "bad") throw new InvalidOperationException("no such customer");
            handled.Add(record.Message.Value!);
            return default;
        }
    }

    static Task<HealthReport> HealthAsync(IHost host) => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    [Fact]
    public async Task Named_clients_are_services_that_are_closed_when_all_hosted_services_have_stopped()
    {
        await _broker.CreateTopicAsync("t", 1);
        var builder = Builder(("Producers:out:LingerMs", "1"), ("Consumers:in:FetchMaxWaitMs", "50"), ("Producers:outt:LingerMs", "1"));
        builder.Services.AddSingleton<Handled>();
        builder.Services.AddSemel().AddProducer<string, string>("out").AddConsumer<string, string>("in").AddAdminClient();
        builder.Services.AddHostedService<Reader>();
        using var host = builder.Build();
        var before = await HealthAsync(host);
        Assert.Equal(["semel-admin", "semel-consumer-in", "semel-producer-out"], before.Entries.Keys.Order());
        Assert.All(before.Entries.Values, static entry => Assert.Equal("not in use yet", entry.Description));
        await host.StartAsync();
        Assert.Contains(_lines, static line => line.Id == 5005 && line.Text.Contains("Semel:Producers:outt"));

        var producer = host.Services.GetRequiredKeyedService<IProducer<string, string>>("out");
        Assert.Equal("1", producer.Info.EffectiveConfig["linger.ms"]);
        foreach (var value in new[] { "first", "bad but known", "last" }) await producer.ProduceAsync("t", new Message<string, string> { Value = value });
        var handled = host.Services.GetRequiredService<Handled>();
        await handled.Last;
        Assert.Equal(["first", "last"], handled.Values);
        Assert.Contains(_lines, static line => line.Id == 5003);
        Assert.NotEmpty(await host.Services.GetRequiredService<IAdminClient>().ListTopicsAsync());
        var during = await HealthAsync(host);
        Assert.Equal(HealthStatus.Healthy, during.Status);
        Assert.Contains("1 partitions are assigned", during.Entries["semel-consumer-in"].Description);

        await host.StopAsync();
        var closed = await Assert.ThrowsAsync<ProduceException>(async () => await producer.ProduceAsync("t", new Message<string, string> { Value = "late" }));
        Assert.Equal(LocalErrorCode.Closed, closed.Error.LocalCode);
        Assert.Equal(["Consumer", "Producer", "Admin"], _lines.Where(static line => line.Id == 5000).Select(static line => line.Text.Split(' ')[0]));
    }

    [Fact]
    public async Task A_handler_that_throws_stops_reading_before_its_record_and_the_host_with_it()
    {
        await _broker.CreateTopicAsync("t", 1);
        await using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers }).Build())
            foreach (var value in new[] { "first", "bad", "never" }) await producer.ProduceAsync("t", new Message<string, string> { Value = value });
        var builder = Builder();
        builder.Services.AddSingleton<Handled>();
        builder.Services.AddSemel().AddConsumer<string, string>("in");
        builder.Services.AddHostedService<Reader>();
        using var host = builder.Build();
        var stopping = new TaskCompletionSource<HealthReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => stopping.SetResult(HealthAsync(host).GetAwaiter().GetResult()));
        await host.StartAsync();
        var told = await stopping.Task.WaitAsync(Guard);
        await host.WaitForShutdownAsync().WaitAsync(Guard);
        Assert.Equal(["first"], host.Services.GetRequiredService<Handled>().Values);
        Assert.Equal(HealthStatus.Unhealthy, told.Entries["semel-consumer-in"].Status);
        Assert.Contains("no such customer: bad", told.Entries["semel-consumer-in"].Description);
        Assert.Contains(_lines, static line => line is { Level: LogLevel.Error, Id: 5002 } && line.Text.Contains("t-0@1", StringComparison.Ordinal));
    }

    /// <summary>What was handled is committed when the host stops, and what was not comes again.</summary>
    [Fact]
    public async Task A_record_that_could_not_be_handled_is_not_committed()
    {
        await _broker.CreateTopicAsync("t", 1);
        await using (var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers }).Build())
            foreach (var value in new[] { "first", "second", "bad", "never" }) await producer.ProduceAsync("t", new Message<string, string> { Value = value });
        var builder = Builder(("Consumers:in:GroupId", "g"), ("Consumers:in:AutoOffsetReset", "Earliest"));
        builder.Services.AddSingleton<Handled>();
        builder.Services.AddSemel().AddConsumer<string, string>("in").AddAdminClient();
        builder.Services.AddHostedService<Member>();
        using var host = builder.Build();
        await host.StartAsync();
        await host.WaitForShutdownAsync().WaitAsync(Guard);
        Assert.Equal(["first", "second"], host.Services.GetRequiredService<Handled>().Values);
        await using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _broker.BootstrapServers }).Build();
        Assert.Equal(2, (await admin.ListGroupOffsetsAsync("g"))[new TopicPartition("t", 0)].Offset);
    }

    [Fact]
    public async Task Settings_are_checked_at_start_in_the_words_of_the_client()
    {
        var builder = Builder(("Producer:EnableIdempotence", "true"), ("Producer:Acks", "1"), ("Consumers:in:fetch.min.bytes", "many"));
        builder.Services.AddSemel().AddProducer<string, string>().AddConsumer<string, string>("in");
        using var host = builder.Build();
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains("Semel:Consumers:in:fetch.min.bytes: fetch.min.bytes='many' is refused: it must be a whole number.", $"{refused}");
        var alone = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptionsMonitor<ProducerConfig>>().Get(Options.DefaultName));
        Assert.Contains("enable.idempotence=true is ruled out by acks=1. Set acks=all. Or set enable.idempotence=false.", alone.Message);
    }

    [Fact]
    public void Two_clients_of_one_name_are_refused()
    {
        var semel = Builder().Services.AddSemel().AddProducer<string, string>("a").AddConsumer<string, string>("a");
        Assert.Contains("a name of its own", Assert.Throws<InvalidOperationException>(() => semel.AddProducer<int, string>("a")).Message);
    }

    [Fact]
    public async Task A_broker_that_is_gone_is_told_by_the_health_of_who_needs_it()
    {
        var builder = Builder(("Admin:BootstrapServers", "127.0.0.1:1"), ("Admin:DefaultApiTimeoutMs", "100"));
        builder.Services.AddSemel().AddAdminClient();
        using var host = builder.Build();
        await host.StartAsync();
        await Assert.ThrowsAsync<KafkaException>(() => host.Services.GetRequiredService<IAdminClient>().ListTopicsAsync());
        var told = (await HealthAsync(host)).Entries["semel-admin"];
        Assert.Equal(HealthStatus.Unhealthy, told.Status);
        Assert.Contains("127.0.0.1:1 cannot be reached", told.Description);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_producer_of_transactions_is_a_client_of_its_own_kind()
    {
        await _broker.CreateTopicAsync("t", 1);
        var builder = Builder(("TransactionalProducer:TransactionalId", "orders-1"));
        builder.Services.AddSemel().AddTransactionalProducer<string, string>().AddProducer<string, string>();
        using var host = builder.Build();
        await host.StartAsync();
        var producer = host.Services.GetRequiredService<ITransactionalProducer<string, string>>();
        await producer.InitTransactionsAsync();
        await producer.ExecuteAsync(async (transaction, cancellation) => await transaction.EnqueueAsync("t", new Message<string, string> { Value = "v" }, cancellation));
        Assert.Equal("1 connections", (await HealthAsync(host)).Entries["semel-transactionalproducer"].Description?.Replace("2 ", "1 "));
        await host.StopAsync();
        Assert.Null(host.Services.GetRequiredService<IProducer<string, string>>().Info.EffectiveConfig["transactional.id"]);
    }

    [Fact]
    public async Task A_producer_of_transactions_without_an_id_is_refused_at_start()
    {
        var builder = Builder(("Producer:TransactionalId", "orders-1"));
        builder.Services.AddSemel().AddTransactionalProducer<string, string>("a").AddProducer<string, string>();
        using var host = builder.Build();
        var refused = $"{await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync())}";
        Assert.Contains("transactional.id is not set", refused);
        Assert.Contains("Call BuildTransactional, or remove the key", refused);
    }

    /// <summary>Something that belongs to one record, as a database's context does.</summary>
    sealed class Unit
    {
        public Guid Id { get; } = Guid.NewGuid();
    }

    sealed class Handler(Unit unit, Handled handled, ConcurrentBag<Guid> units) : IRecordHandler<string, string>
    {
        public ValueTask HandleAsync(ConsumeResult<string, string> record, CancellationToken cancellation)
        {
            units.Add(unit.Id);
            handled.Add(record.Message.Value!);
            return default;
        }
    }

    [Fact]
    public async Task A_handler_has_a_scope_for_each_record()
    {
        await _broker.CreateTopicAsync("t", 1);
        var builder = Builder(("Consumer:GroupId", "g"), ("Consumer:AutoOffsetReset", "Earliest"));
        builder.Services.AddSingleton<Handled>().AddSingleton<ConcurrentBag<Guid>>().AddScoped<Unit>();
        var semel = builder.Services.AddSemel().AddConsumer<string, string>().AddHandler<string, string, Handler>(null, "t").AddProducer<string, string>();
        Assert.Throws<ArgumentException>(() => semel.AddHandler<string, string, Handler>(null));
        using var host = builder.Build();
        await host.StartAsync();
        foreach (var value in new[] { "first", "last" }) await host.Services.GetRequiredService<IProducer<string, string>>().ProduceAsync("t", new Message<string, string> { Value = value });
        await host.Services.GetRequiredService<Handled>().Last;
        await host.StopAsync();
        Assert.Equal(2, host.Services.GetRequiredService<ConcurrentBag<Guid>>().Distinct().Count());
        await using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _broker.BootstrapServers }).Build();
        Assert.Equal(2, (await admin.ListGroupOffsetsAsync("g"))[new TopicPartition("t", 0)].Offset);
    }
}
