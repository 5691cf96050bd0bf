using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Semel.Client;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.BrokerBench;

/// <summary>Fills one partition with batches of many producers, kills the broker, and times its next start.</summary>
static class RecoveryRun
{
    public static IReadOnlyDictionary<string, double> Measure(Target target, int producers, long bytes)
    {
        var folder = Directory.CreateTempSubdirectory("semel-recovery-").FullName;
        try
        {
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder))
            {
                Acknowledge(broker.Bootstrap);
                Fill(broker.Port, producers, (int)(bytes / producers));
                broker.Kill();
            }
            var began = Stopwatch.GetTimestamp();
            using (var broker = BrokerProcess.Start(target, partitions: 1, folder))
            {
                var listening = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                var acknowledged = Acknowledge(broker.Bootstrap);
                return new Dictionary<string, double> { ["listening ms"] = listening, ["first acknowledged ms"] = Stopwatch.GetElapsedTime(began, acknowledged).TotalMilliseconds };
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static long Acknowledge(string bootstrap) =>
        RdkafkaProducer.Run(bootstrap, "test", 0, 100, 1, new Dictionary<string, string> { ["enable.idempotence"] = "true", ["linger.ms"] = "0" }).FirstAcknowledged;

    /// <summary>One batch of each producer, five requests in flight.</summary>
    static void Fill(int port, int producers, int batchBytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        using var batch = new RecordBatchBuilder(batchBytes, batchBytes);
        var value = new byte[1024];
        new Random(3).NextBytes(value);
        while (batch.TryAppend(1_700_000_000_000, default, true, value, false)) { }
        batch.Close(CompressionCodec.None);
        using var writer = new WireWriter();
        var unanswered = 0;
        for (var producer = 0; producer < producers; producer++)
        {
            batch.Stamp(new ProducerId(1_000_000 + producer), new ProducerEpoch(0), 0, transactional: false);
            var request = new ProduceRequest { Acks = Acks.All, TimeoutMs = 30_000 };
            request.TopicData.Add(new() { Name = "test", PartitionData = [new() { Index = 0, Records = batch.Bytes }] });
            writer.Reset();
            Frame.WriteRequest(writer, new RequestHeader(ApiKey.Produce, 9, producer, "fill"), request);
            foreach (var piece in writer.Pieces())
                for (var sent = 0; sent < piece.Length;) sent += socket.Send(piece.Span[sent..]);
            if (++unanswered < 5) continue;
            ReadAnswer(socket);
            unanswered--;
        }
        for (; unanswered > 0; unanswered--) ReadAnswer(socket);
    }

    static void ReadAnswer(Socket socket)
    {
        var size = new byte[4];
        ReadExactly(socket, size);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        ReadExactly(socket, frame);
        var reader = new WireReader(frame);
        ResponseHeader.Read(ref reader, ApiKey.Produce, 9);
        var answer = new ProduceResponse();
        answer.Read(ref reader, 9);
        var error = answer.Responses[0].PartitionResponses[0].ErrorCode;
        if (error != ErrorCode.None) throw new InvalidOperationException($"a batch was refused with {error}");
    }

    static void ReadExactly(Socket socket, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = socket.Receive(bytes);
            if (count == 0) throw new EndOfStreamException("the broker closed the connection");
            bytes = bytes[count..];
        }
    }
}
