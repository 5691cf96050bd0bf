using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Semel.BrokerBench.Librdkafka;

namespace Semel.BrokerBench;

/// <summary>librdkafka as a load: a number of records of one size over some partitions, as fast as it goes or at a rate. One at a time in a process.</summary>
static unsafe class RdkafkaProducer
{
    static long s_delivered, s_failed;
    static int s_firstError;
    static double[]? s_latencies;
    static int s_latencyCount;

    public sealed record Result(long Delivered, long Failed, double Seconds, double[] LatenciesMs)
    {
        public double PerSecond => Delivered / Seconds;
        public double Percentile(double share) => LatenciesMs.Length == 0 ? double.NaN : LatenciesMs[(int)Math.Min(LatenciesMs.Length - 1, LatenciesMs.Length * share)];
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnDelivery(nint client, Message* message, nint opaque)
    {
        if (message->Error == 0) s_delivered++;
        else
        {
            s_failed++;
            s_firstError = message->Error;
        }
        if (s_latencies is { } latencies && s_latencyCount < latencies.Length) latencies[s_latencyCount++] = Stopwatch.GetElapsedTime(message->Opaque).TotalMilliseconds;
    }

    /// <summary>Sends records and waits for every delivery. The first acknowledgement (connection, metadata, producer id) is not in the time.</summary>
    public static Result Run(string bootstrap, string topic, long count, int size, int partitions, IReadOnlyDictionary<string, string> settings, double ratePerSecond = 0)
    {
        var all = new Dictionary<string, string>(settings) { ["bootstrap.servers"] = bootstrap };
        var configuration = Configure(all);
        rd_kafka_conf_set_dr_msg_cb(configuration, (delegate* unmanaged<nint, Message*, nint, void>)(delegate* unmanaged[Cdecl]<nint, Message*, nint, void>)&OnDelivery);
        var producer = NewProducer(configuration);
        var handle = rd_kafka_topic_new(producer, topic, 0);
        s_latencies = null;
        s_delivered = s_failed = 0;
        var payload = new byte[size];
        new Random(7).NextBytes(payload);
        fixed (byte* bytes = payload)
        {
            for (var partition = 0; partition < partitions; partition++) Send(producer, handle, partition, bytes, size);
            if (rd_kafka_flush(producer, 60_000) != 0) throw new TimeoutException($"no acknowledgement from {bootstrap} within 60 s");
            ThrowOnFailure();
            s_delivered = 0;
            s_latencyCount = 0;
            s_latencies = ratePerSecond > 0 ? new double[count] : null;
            var began = Stopwatch.GetTimestamp();
            for (long i = 0; i < count; i++)
            {
                if (ratePerSecond > 0) Pace(producer, began, i / ratePerSecond);
                Send(producer, handle, (int)(i % partitions), bytes, size);
                if ((i & 0x3ff) == 0) rd_kafka_poll(producer, 0);
            }
            if (rd_kafka_flush(producer, 120_000) != 0) throw new TimeoutException("records without an answer after 120 s");
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            ThrowOnFailure();
            rd_kafka_topic_destroy(handle);
            rd_kafka_destroy(producer);
            var latencies = s_latencies is { } measured ? measured[..s_latencyCount] : [];
            Array.Sort(latencies);
            return new Result(s_delivered, s_failed, seconds, latencies);
        }
    }

    /// <summary>
    /// As <see cref="Run"/>, for a time: with a transactional id, and a commit whenever the interval is over; or, without an interval, as a plain idempotent producer.
    /// </summary>
    /// <returns>Records a second that were committed, or acknowledged.</returns>
    public static double RunFor(string bootstrap, string topic, TimeSpan time, int size, int partitions, IReadOnlyDictionary<string, string> settings, TimeSpan? commitInterval)
    {
        var all = new Dictionary<string, string>(settings) { ["bootstrap.servers"] = bootstrap };
        if (commitInterval is not null) all["transactional.id"] = "bench";
        var configuration = Configure(all);
        rd_kafka_conf_set_dr_msg_cb(configuration, (delegate* unmanaged<nint, Message*, nint, void>)(delegate* unmanaged[Cdecl]<nint, Message*, nint, void>)&OnDelivery);
        var producer = NewProducer(configuration);
        if (commitInterval is not null) InitTransactions(producer);
        var handle = rd_kafka_topic_new(producer, topic, 0);
        s_latencies = null;
        s_delivered = s_failed = 0;
        var payload = new byte[size];
        fixed (byte* bytes = payload)
        {
            Batch(producer, handle, bytes, size, partitions, TimeSpan.FromMilliseconds(300), commitInterval);
            s_delivered = 0;
            var began = Stopwatch.GetTimestamp();
            Batch(producer, handle, bytes, size, partitions, time, commitInterval);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            ThrowOnFailure();
            rd_kafka_topic_destroy(handle);
            rd_kafka_destroy(producer);
            return s_delivered / seconds;
        }
    }

    static void Batch(nint producer, nint topic, byte* payload, int size, int partitions, TimeSpan time, TimeSpan? commitInterval)
    {
        var began = Stopwatch.GetTimestamp();
        for (long sent = 0; Stopwatch.GetElapsedTime(began) < time;)
        {
            if (commitInterval is not null) BeginTransaction(producer);
            var transaction = Stopwatch.GetTimestamp();
            var length = commitInterval ?? time;
            do
            {
                for (var some = 0; some < 64; some++) Send(producer, topic, (int)(sent++ % partitions), payload, size);
                rd_kafka_poll(producer, 0);
            }
            while (Stopwatch.GetElapsedTime(transaction) < length);
            if (commitInterval is not null) CommitTransaction(producer);
        }
        if (rd_kafka_flush(producer, 120_000) != 0) throw new TimeoutException("records without an answer after 120 s");
    }

    static void ThrowOnFailure()
    {
        if (s_failed != 0) throw new InvalidOperationException($"{s_failed} records failed, one with {ErrorName(s_firstError)}: the figures would mean nothing");
    }

    static void Pace(nint producer, long began, double dueSeconds)
    {
        while (true)
        {
            var left = dueSeconds - Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (left <= 0) return;
            rd_kafka_poll(producer, left > 0.0005 ? 1 : 0);
        }
    }

    static void Send(nint producer, nint topic, int partition, byte* payload, int size)
    {
        while (rd_kafka_produce(topic, partition, Copy, payload, (nuint)size, null, 0, (nint)Stopwatch.GetTimestamp()) != 0)
        {
            if (rd_kafka_last_error() != QueueFull) throw new InvalidOperationException($"librdkafka refuses a record: {ErrorName(rd_kafka_last_error())}");
            rd_kafka_poll(producer, 10);
        }
    }
}
