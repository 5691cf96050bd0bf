global using Semel.Protocol;
global using Semel.Protocol.Records;
