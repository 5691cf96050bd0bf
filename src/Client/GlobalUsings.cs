global using Semel.Protocol;
