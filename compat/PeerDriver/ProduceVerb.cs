using System.Text;
using Semel.Client;
using Semel.Protocol;

namespace Semel.PeerDriver;

/// <summary>Sends numbered records, many in flight, and prints what became of each.</summary>
static class ProduceVerb
{
    public static async Task<int> RunAsync(Options options, CancellationToken stop)
    {
        var (topic, partitions, count, start) = (options.Text("topic"), options.Number("partitions"), options.Number("count"), options.Number("start", 0));
        var (id, size, rate) = (options.Text("id", "r"), options.Number("size", 0), options.Number("rate", 0));
        var config = options.Configure(new ProducerConfig
        {
            DeliveryTimeoutMs = 120_000, MaxBlockMs = 60_000, LingerMs = 5,
            CompressionType = Codecs.Of(options.Text("codec", "none")),
            EnableIdempotence = bool.Parse(options.Text("idempotence", "true")),
        });
        config["acks"] = options.Text("acks", "all");
        if (config.Acks != Acks.All && config.EnableIdempotence == true) throw new UnknownOptionException($"--acks {config["acks"]} needs --idempotence false");
        var patience = options.Patience;
        options.RefuseUnread();

        using var stalled = new CancellationTokenSource(patience);
        var (acknowledged, failed) = (0, 0);
        var reports = new List<Task>(count);
        await using var producer = new ProducerBuilder<byte[], byte[]>(config).Build();
        try
        {
            using var paced = new PeriodicTimer(rate == 0 ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1.0 / rate));
            for (var number = start; number < start + count && !stop.IsCancellationRequested; number++)
            {
                if (rate > 0) await paced.WaitForNextTickAsync(stalled.Token);
                await SendAsync(number);
            }
            await producer.FlushAsync(stalled.Token);
            await Task.WhenAll(reports);
        }
        catch (OperationCanceledException) when (stalled.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing was acknowledged for {patience.TotalSeconds} s");
        }
        Line.Print(json =>
        {
            json.WriteBoolean("done", true);
            json.WriteNumber("acked", acknowledged);
            json.WriteNumber("failed", failed);
        });
        return failed == 0 ? 0 : 1;

        async Task SendAsync(int number)
        {
            var key = Encoding.UTF8.GetBytes($"{id}-{number}");
            var value = Encoding.UTF8.GetBytes($"{id}-{number}".PadRight(size, '.'));
            var headers = new Headers { { "n", Encoding.UTF8.GetBytes($"{number}") } };
            try
            {
                var delivery = await producer.EnqueueAsync(topic, new RawRecord { Partition = number % partitions, Key = key, Value = value, Headers = headers }, stalled.Token);
                reports.Add(ReportAsync(number, delivery));
            }
            catch (ProduceException refused)
            {
                Failed(number, refused);
            }
        }

        async Task ReportAsync(int number, Delivery delivery)
        {
            try
            {
                var delivered = await delivery;
                Interlocked.Increment(ref acknowledged);
                Line.Print(json =>
                {
                    json.WriteNumber("ack", number);
                    json.WriteNumber("partition", delivered.Partition);
                    json.WriteNumber("offset", Math.Max(-1, delivered.Offset.Value));
                });
                stalled.CancelAfter(patience);
            }
            catch (ProduceException failure)
            {
                Failed(number, failure);
            }
        }

        void Failed(int number, ProduceException failure)
        {
            Interlocked.Increment(ref failed);
            Console.Error.WriteLine($"{number}: {failure.Status}: {failure.Error}");
            Line.Print(json =>
            {
                json.WriteNumber("fail", number);
                json.WriteString("error", ErrorName.Of(failure.Error));
            });
        }
    }
}
